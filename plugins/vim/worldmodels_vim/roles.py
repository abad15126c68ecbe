"""`Roles`: slots, which come in any order, as features in an order that follows from what they hold."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from worldmodels_vim.transition import STEPS

SHARP = 4.0
"""Factor on the queries' match: roles so begin by picking single slots, each by some property of contents."""


class Roles(nn.Module):
    """Learned queries of slots' contents; a role is the mean slot by its attention.

    A head that reads slots in a row has to know every order in which they may come. Here "the red one" is a query.

    Args:
        count: How many roles.
        content: Width of a slot's content.
    """

    def __init__(self, count: int, content: int) -> None:
        super().__init__()
        self.content = content
        self.queries = nn.Parameter(torch.randn(count, content))

    def forward(self, slots: Tensor) -> Tensor:
        """Features (..., count * width) of slots (..., slot, width); places are told in units of about a step."""
        content, place = slots[..., : self.content], slots[..., self.content :]
        shares = (SHARP * self.content**-0.5 * self.queries @ content.mT).softmax(-1)
        features: Tensor = (shares @ torch.cat([content, STEPS * place], -1)).flatten(-2)
        return features
