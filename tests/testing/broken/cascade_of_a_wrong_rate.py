"""Says that a level has two frames for each belief, and renders one."""

from toys.cascade import Halves

from worldmodels.abilities import Level

CAUGHT_BY = "cascade"
SAYS = "level 1 renders frames of shape"
ONLY = True


class Model(Halves):
    render_context = (0, 0)

    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        self.levels = (self.levels[0], Level(spec.frame_shape[1:], rate=2))

    def _render_level(self, beliefs, constant, level):
        return self._decode(beliefs["state"]) if level else super()._render_level(beliefs, constant, 0)
