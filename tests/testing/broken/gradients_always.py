"""Gradients kept although nobody asked."""

import torch

from worldmodels.testing.toy import Toy

CAUGHT_BY = "gradients_flow"
SAYS = "keeps gradients outside"


class Model(Toy):
    def _step(self, belief, action, noise):
        with torch.enable_grad():
            return super()._step(belief, action, noise)

    def _render(self, beliefs, constant):
        with torch.enable_grad():
            return super()._render(beliefs, constant)
