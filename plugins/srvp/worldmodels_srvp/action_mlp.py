"""`ActionMLP`: a multilayer perceptron whose output depends on an action as well."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from worldmodels.actions import ActionCodec
from worldmodels.blocks import mlp


class ActionMLP(nn.Sequential):
    """Linear layers with ReLU between them, and an action where there is one.

    One Discrete choice of A gives the network A outputs, of which the action picks its own: every action has
    a transition of its own, which is learned far sooner than from an action among the inputs. Every other
    action is one more input. The zero vector, which is no action, picks nothing: the output is 0.
    """

    def __init__(self, inputs: int, hidden: int, layers: int, outputs: int, codec: ActionCodec) -> None:
        self.choices = codec.dim if codec.discrete else 0
        extra = 0 if self.choices else codec.dim
        super().__init__(*mlp(inputs + extra, *[hidden] * (layers - 1), outputs * max(self.choices, 1)))

    def forward(self, input: Tensor, action: Tensor | None = None) -> Tensor:
        """Outputs (..., output) for inputs (..., input) and actions (..., action)."""
        rows = torch.cat([input, action], -1) if action is not None and not self.choices else input
        for layer in self:
            rows = layer(rows)
        if action is None or not self.choices:
            return rows
        each: Tensor = rows.unflatten(-1, (self.choices, -1))
        return (each * action.unsqueeze(-1)).sum(-2)
