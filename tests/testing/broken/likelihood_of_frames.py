"""Claims a likelihood, and gives one for each frame."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "likelihood"
SAYS = "log_prob gives of shape"


class Model(Toy):
    likelihood = "exact"

    def log_prob(self, frames, actions=None):
        return -frames.square().sum((2, 3, 4))
