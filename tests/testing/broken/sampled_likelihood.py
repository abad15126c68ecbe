"""Calls a likelihood exact that is a sample."""

import torch

from worldmodels.testing.toy import Toy

CAUGHT_BY = "likelihood"
SAYS = "differs between two calls"


class Model(Toy):
    likelihood = "exact"

    def log_prob(self, frames, actions=None):
        return -frames.square().sum((1, 2, 3, 4)) * torch.rand(len(frames))
