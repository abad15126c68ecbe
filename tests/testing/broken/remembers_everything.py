"""A model that keeps every state that it imagined."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "memory_does_not_grow"
SAYS = "memory grows"


class Model(Toy):
    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        self.history = []

    def _step(self, belief, action, noise):
        after = super()._step(belief, action, noise)
        self.history.append(after["state"])
        return after
