"""A belief that holds all the states before it."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "beliefs_do_not_grow"
SAYS = "a belief grows"


class Model(Toy):
    def _imagine(self, belief, actions, horizon, noise):
        rollout = super()._imagine(belief, actions, horizon, noise)
        rollout.last["past"] = rollout.beliefs["state"].clone()
        return rollout
