"""A faster imagine that differs from repeated steps."""

from worldmodels.rollout import Rollout
from worldmodels.testing.toy import Toy

CAUGHT_BY = "imagine_is_repeated_step"
SAYS = "imagine and repeated step disagree"


class Model(Toy):
    def _imagine(self, belief, actions, horizon, noise):
        rollout = super()._imagine(belief, actions, horizon, noise)
        return Rollout(rollout.beliefs * 1.01, rollout.last * 1.01, rollout.constant)
