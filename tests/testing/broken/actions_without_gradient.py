"""Imagined futures through which no gradient reaches the actions."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "gradients_flow"
SAYS = "no gradient in the actions"


class Model(Toy):
    def _step(self, belief, action, noise):
        return super()._step(belief, None if action is None else action.detach(), noise)
