"""A state kept in the model instead of the belief."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "no_state_outside_the_belief"
SAYS = "depends on what the model did in between"


class Model(Toy):
    memory = 0.0

    def _observe(self, frames, actions, belief, noise):
        self.memory = frames.mean(1).flatten(1)[:, :1]
        return super()._observe(frames, actions, belief, noise)

    def _step(self, belief, action, noise):
        after = super()._step(belief, action, noise)
        after["state"] = after["state"] + self.memory
        return after
