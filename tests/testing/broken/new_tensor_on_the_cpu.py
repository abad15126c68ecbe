"""A tensor made inside without saying where."""

import torch

from worldmodels.testing.toy import Toy

CAUGHT_BY = "another_device"
SAYS = "mixes in a tensor of another device"


class Model(Toy):
    def _step(self, belief, action, noise):
        after = super()._step(belief, action, noise)
        state = after["state"]
        after["state"] = state + torch.ones(state.shape, dtype=state.dtype)
        return after
