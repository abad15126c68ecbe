"""Sizes that the config does not hold."""

import torch

from worldmodels.testing.toy import Toy

CAUGHT_BY = "weights_survive_saving"
SAYS = "does not take its own weights"


class Model(Toy):
    made = 0

    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        Model.made += 1
        self.encoder.register_buffer("spare", torch.zeros(Model.made))
