"""Multilayer perceptrons, with an action where there is one."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from worldmodels.actions import ActionCodec


class MLP(nn.Sequential):
    """Linear layers with ReLU between them."""

    def __init__(self, inputs: int, hidden: int, layers: int, outputs: int) -> None:
        sizes = [inputs, *[hidden] * (layers - 1), outputs]
        modules: list[nn.Module] = []
        for fan_in, fan_out in pairwise(sizes):
            modules += [nn.Linear(fan_in, fan_out), nn.ReLU()]
        super().__init__(*modules[:-1])


class ActionMLP(MLP):
    """An MLP whose output depends on an action as well.

    One Discrete choice of A gives the network A outputs, of which the action picks its own: every action has
    a transition of its own, which is learned far sooner than from an action among the inputs. Every other
    action is one more input. The zero vector, which is no action, picks nothing: the output is 0.
    """

    def __init__(self, inputs: int, hidden: int, layers: int, outputs: int, codec: ActionCodec) -> None:
        self.choices = codec.dim if codec.discrete else 0
        extra = 0 if self.choices else codec.dim
        super().__init__(inputs + extra, hidden, layers, outputs * max(self.choices, 1))

    def forward(self, inputs: Tensor, action: Tensor | None = None) -> Tensor:
        """Outputs (..., output) for inputs (..., input) and actions (..., action)."""
        if action is None:
            return super().forward(inputs)
        if not self.choices:
            return super().forward(torch.cat([inputs, action], -1))
        rows: Tensor = super().forward(inputs).unflatten(-1, (self.choices, -1))
        return (rows * action.unsqueeze(-1)).sum(-2)
