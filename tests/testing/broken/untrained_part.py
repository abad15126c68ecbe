"""A layer that no loss reaches."""

from torch import nn

from worldmodels.testing.toy import Toy

CAUGHT_BY = "loss_gradients"
SAYS = "reaches no gradient into unused.weight"


class Model(Toy):
    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        self.unused = nn.Linear(2, 2)
