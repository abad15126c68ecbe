"""Training through a flow without keeping what is between its steps (Gomez et al., 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


def recomputed(steps: Sequence[nn.Module] | nn.ModuleList, x: Tensor) -> tuple[Tensor, Tensor]:
    """The output and the log-determinants (n,) of invertible steps, of which only the output is kept.

    The backward pass goes from each step's output to its input by the inverse, and computes that step once more;
    memory then does not grow with the number of steps, and the time of a training step by about half.
    """
    parameters = [parameter for step in steps for parameter in step.parameters()]
    y, log_det = _Recomputed.apply(list(steps), x, *parameters)  # type: ignore[no-untyped-call]
    return y, log_det


class _Recomputed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, steps: list[Any], x: Tensor, *parameters: Tensor) -> tuple[Tensor, Tensor]:
        log_det = x.new_zeros(len(x))
        for step in steps:
            x, gained = step(x)
            log_det = log_det + gained
        ctx.steps = steps
        ctx.save_for_backward(x)
        return x, log_det

    @staticmethod
    def backward(ctx: Any, grad: Tensor, grad_log_det: Tensor) -> tuple[Tensor | None, ...]:
        (y,) = ctx.saved_tensors
        gradients: list[Tensor | None] = []
        for step in reversed(ctx.steps):
            with torch.no_grad():
                x = step.inverse(y)
            x.requires_grad_()
            with torch.enable_grad():
                outputs = step(x)
                inputs = (x, *step.parameters())
                grad, *own = torch.autograd.grad(outputs, inputs, (grad, grad_log_det), allow_unused=True)
            gradients = [*own, *gradients]
            y = x.detach()
        return None, grad, *gradients
