"""Noise from a generator of the model's own."""

import torch

from worldmodels.testing.toy import Toy

CAUGHT_BY = "same_seed_same_rollout"
SAYS = "two different rollouts"


class Model(Toy):
    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        self.random = torch.Generator()

    def _step(self, belief, action, noise):
        after = super()._step(belief, action, noise)
        state = after["state"]
        after["state"] = state + noise.temperature * torch.randn(state.shape, generator=self.random)
        return after
