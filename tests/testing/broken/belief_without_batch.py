"""A belief whose entry lacks the batch axis."""

import torch

from worldmodels.rollout import Rollout, pack
from worldmodels.testing.toy import Toy

CAUGHT_BY = "belief_shape"
SAYS = "belief's entry 'clock'"


class Model(Toy):
    varying = ("state",)

    def _observe(self, frames, actions, belief, noise):
        rollout = super()._observe(frames, actions, belief, noise)
        last = pack({"state": rollout.last["state"], "clock": torch.zeros(1)}, rollout.last.batch_size)
        return Rollout(rollout.beliefs, last, rollout.constant)
