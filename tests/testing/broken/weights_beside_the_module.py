"""Weights in a list, which no state_dict holds."""

from torch import nn

from worldmodels.testing.toy import Toy

CAUGHT_BY = "weights_survive_saving"
SAYS = "behaves differently"


class Model(Toy):
    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        self.layers = [nn.Linear(self.config.state, self.config.state)]

    def _features(self, beliefs, constant):
        state = super()._features(beliefs, constant)
        return self.layers[0](state.float()).to(state.dtype)
