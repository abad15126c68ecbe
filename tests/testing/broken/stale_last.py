"""A rollout whose last belief is not its last time."""

from worldmodels.rollout import Rollout
from worldmodels.testing.toy import Toy

CAUGHT_BY = "belief_and_rollout_agree"
SAYS = "rollout.last looks unlike"


class Model(Toy):
    def _imagine(self, belief, actions, horizon, noise):
        rollout = super()._imagine(belief, actions, horizon, noise)
        return Rollout(rollout.beliefs, belief, rollout.constant)
