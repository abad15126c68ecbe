"""Claims several levels, all of one size."""

from toys.cascade import Halves

from worldmodels.abilities import Level

CAUGHT_BY = "cascade"
SAYS = "the levels are 16x16 at rate 1, 16x16 at rate 1"
ONLY = True


class Model(Halves):
    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        self.levels = (Level(spec.frame_shape[1:]), Level(spec.frame_shape[1:]))

    def _render_level(self, beliefs, constant, level):
        return super()._render_level(beliefs, constant, 1)
