"""`Noise`: the one source of randomness that a model may use while it observes or imagines."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from worldmodels.errors import InputError


class Noise:
    """Draws from one generator, scaled by a temperature.

    Args:
        generator: Where every draw comes from; `None` is PyTorch's global generator.
        temperature: Scales the spread of every draw; 0 gives means and modes without drawing.

    Raises:
        InputError: for a temperature that is negative or not finite.
    """

    __slots__ = ("generator", "temperature")

    def __init__(self, generator: torch.Generator | None = None, temperature: float = 1.0) -> None:
        if not 0 <= temperature < float("inf"):
            raise InputError(f"temperature {temperature!r} is not a number of at least 0.")
        self.generator = generator
        self.temperature = temperature

    def gaussian(self, mean: Tensor, std: Tensor) -> Tensor:
        """A draw: mean + temperature * std * e, with e standard normal; differentiable in both (reparametrised)."""
        if self.temperature == 0:
            return mean
        return torch.addcmul(mean, std, self.standard(mean.shape, mean), value=self.temperature)

    def standard(self, shape: Sequence[int], like: Tensor) -> Tensor:
        """Standard normal draws, not scaled, in `like`'s dtype and on its device."""
        return torch.randn(tuple(shape), generator=self.generator, dtype=like.dtype, device=like.device)

    def categorical(self, logits: Tensor) -> Tensor:
        """Choices (...) from logits (..., choice), by the Gumbel-max trick."""
        if self.temperature == 0:
            return logits.argmax(-1)
        return (logits + self.temperature * self.gumbel(logits)).argmax(-1)

    def gumbel(self, like: Tensor) -> Tensor:
        """Standard Gumbel draws in the shape of `like`, not scaled."""
        draws = torch.empty_like(like).exponential_(generator=self.generator)
        return -draws.clamp_min(torch.finfo(like.dtype).tiny).log()
