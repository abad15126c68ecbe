"""`Modules`: independent rules, each an MLP over one slot."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from worldmodels.blocks import mlp
from worldmodels_vim.config import VIMConfig


class Modules(nn.Module):
    """M rules with weights of their own, computed together (Table 8.3).

    Args:
        config: Sizes.
        width: Of a slot.
        moved: How many of a slot's last numbers they add to; to all of them without.
    """

    def __init__(self, config: VIMConfig, width: int, moved: int | None = None) -> None:
        super().__init__()
        moved = width if moved is None else moved
        own = config.module_hidden if config.candidate_hidden else (*config.module_hidden, moved)
        self.layers = nn.ModuleList(Banks(config.modules, a, b) for a, b in pairwise((width, *own)))
        self.norm = nn.LayerNorm(own[-1]) if config.normalised else None
        shared = config.candidate_hidden
        self.shared = mlp(own[-1], shared, moved) if shared else None

    def forward(self, slots: Tensor) -> Tensor:
        """What each rule would add (batch, slot, module, moved) to slots (batch, slot, width)."""
        out = slots.unsqueeze(-2)
        for index, layer in enumerate(self.layers):
            out = layer(out.relu() if index else out)
        out = out if self.norm is None else self.norm(out)
        return out if self.shared is None else self.shared(out.relu())


class Banks(nn.Module):
    """As many linear layers as there are modules.

    Args:
        count: How many.
        inputs: Width in.
        outputs: Width out.
    """

    def __init__(self, count: int, inputs: int, outputs: int) -> None:
        super().__init__()
        bound = inputs**-0.5
        self.weight = nn.Parameter(torch.empty(count, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(count, outputs).uniform_(-bound, bound))

    def forward(self, inputs: Tensor) -> Tensor:
        """(..., module, outputs) of (..., module, inputs), or of (..., 1, inputs) for all modules the same."""
        if inputs.shape[-2] == 1:
            flat: Tensor = inputs.squeeze(-2) @ self.weight.transpose(0, 1).flatten(1)
            return flat.view(flat.shape[:-1] + self.bias.shape) + self.bias
        lead = inputs.shape[:-2]
        moved = inputs.flatten(0, -3).transpose(0, 1)
        out = torch.baddbmm(self.bias.unsqueeze(1), moved, self.weight).transpose(0, 1)
        return out.reshape(lead + out.shape[1:])
