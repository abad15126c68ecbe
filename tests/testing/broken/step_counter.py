"""A count of steps kept in the model, that changes what it does."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "no_state_outside_the_belief"
SAYS = "depends on what the model did in between"


class Model(Toy):
    steps = 0

    def _step(self, belief, action, noise):
        self.steps += 1
        after = super()._step(belief, action, noise)
        after["state"] = after["state"] * (1 + 0.01 * self.steps)
        return after
