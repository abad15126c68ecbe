"""`Noise`: the one source of randomness that a model may use while it observes or imagines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from worldmodels.errors import InputError

# Larger whole numbers are no floats.
_MOST = sys.float_info.max


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
        # type() rather than isinstance(): one is made for each step, and nearly every temperature is a float.
        if (type(temperature) is not float and not _is_number(temperature)) or not 0 <= temperature <= _MOST:
            raise InputError(f"temperature {temperature!r:.80} is not a number of at least 0.")
        if generator is not None and not isinstance(generator, torch.Generator):
            raise InputError(f"generator {generator!r:.80} is no torch.Generator.")
        self.generator = generator
        self.temperature = float(temperature)

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


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
