"""A state that is always single precision."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "double_precision"
SAYS = "double precision"


class Model(Toy):
    def _step(self, belief, action, noise):
        after = super()._step(belief, action, noise)
        after["state"] = after["state"].float()
        return after
