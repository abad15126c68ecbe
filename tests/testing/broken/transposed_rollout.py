"""Imagined beliefs with time before the batch."""

from worldmodels.rollout import Rollout
from worldmodels.testing.toy import Toy

CAUGHT_BY = "rollout_shape"
SAYS = "imagine gives beliefs of batch size (5, 3)"


class Model(Toy):
    def _imagine(self, belief, actions, horizon, noise):
        rollout = super()._imagine(belief, actions, horizon, noise)
        return Rollout(rollout.beliefs.transpose(0, 1), rollout.last, rollout.constant)
