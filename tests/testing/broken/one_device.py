"""A constant tensor that does not move with the model."""

import torch

from worldmodels.testing.toy import Toy

CAUGHT_BY = "another_device"
SAYS = "mixes in a tensor of another device"


class Model(Toy):
    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        self.scale = torch.full((self.config.state,), 0.5)

    def _features(self, beliefs, constant):
        return super()._features(beliefs, constant) * self.scale.to(beliefs["state"].dtype)
