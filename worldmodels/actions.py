"""`ActionCodec`: Gymnasium actions as float vectors and back."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np
import torch
from gymnasium import Space, spaces
from torch import Tensor

from worldmodels.errors import InputError


class ActionCodec:
    """Turns batches of actions of one space into float32 vectors (..., dim) and back.

    Discrete and MultiDiscrete become one-hot vectors, MultiBinary zeros and ones, a bounded Box the range
    [-1, 1], an unbounded Box itself; Tuple and Dict the concatenation of their parts in the space's order.
    A batch of a Tuple is a tuple of batches, a batch of a Dict a dict of them, as Gymnasium's vector
    environments have it. Leading axes are free: (B,) or (B, T).

    Args:
        space: The action space; `None` gives vectors of width 0.
    """

    def __init__(self, space: Space[Any] | None) -> None:
        self.space = space
        self._codec = _codec(space)
        self.dim: int = self._codec.dim

    @property
    def discrete(self) -> bool:
        """Whether the space is one Discrete choice, so that a vector is one-hot."""
        return isinstance(self.space, spaces.Discrete)

    def bounds(self) -> tuple[Tensor, Tensor]:
        """The lowest and the highest vector (dim,) of the space; infinite where a Box is not bounded."""
        return self._codec.low, self._codec.high

    def encode(self, actions: Any, device: torch.device | str | None = None) -> Tensor:
        """Actions as vectors (..., dim), float32.

        Raises:
            InputError: for actions of another shape, for choices outside the space, and for numbers that are not
                finite. A number outside a Box's bounds is encoded as it is; `decode` clips.
        """
        try:
            vectors: Tensor = self._codec.encode(actions, device)
        except InputError:
            raise
        except (TypeError, KeyError, IndexError, ValueError) as error:
            raise InputError(f"{actions!r:.80} is no batch of actions of {self.space}: {error}.") from error
        return vectors

    def decode(self, vectors: Tensor) -> Any:
        """The actions nearest to vectors (..., dim): arg max, rounding or clipping, always inside the space.

        Raises:
            InputError: for vectors of another width.
        """
        if vectors.shape[-1] != self.dim:
            raise InputError(f"vectors of width {vectors.shape[-1]} given; {self.space} takes {self.dim}.")
        return self._codec.decode(vectors.detach().cpu())


def _codec(space: Space[Any] | None) -> Any:
    match space:
        case None:
            return _Nothing()
        case spaces.Discrete():
            return _OneHot([space.n], np.array([space.start]), (), space)
        case spaces.MultiDiscrete():
            return _OneHot(space.nvec.ravel().tolist(), space.start.ravel(), space.shape, space)
        case spaces.MultiBinary():
            return _Binary(space)
        case spaces.Box():
            return _Numbers(space)
        case spaces.Tuple():
            return _Parts(list(range(len(space.spaces))), list(space.spaces), tuple)
        case spaces.Dict():
            keys = list(space.spaces)
            return _Parts(keys, list(space.spaces.values()), lambda values: dict(zip(keys, values, strict=True)))
    raise InputError(f"{space!r} is no action space we know: Discrete, Multi*, Box, Tuple or Dict of these.")


class _Nothing:
    dim = 0
    low = high = torch.zeros(0)

    def encode(self, actions: Any, device: Any) -> Tensor:
        raise InputError("actions were given to a world without actions (action_space=None); pass none.")

    def decode(self, vectors: Tensor) -> None:
        return None


class _OneHot:
    """One or more choices, each one-hot."""

    def __init__(self, sizes: list[int], start: Any, shape: tuple[int, ...], space: Space[Any]) -> None:
        self.sizes, self.start, self.shape, self.space = sizes, start, shape, space
        self.dim = int(sum(sizes))
        self.offsets = np.cumsum([0, *sizes[:-1]])
        self.identity = torch.eye(self.dim)
        self.low, self.high = torch.zeros(self.dim), torch.ones(self.dim)

    def encode(self, actions: Any, device: Any) -> Tensor:
        choices = np.asarray(actions)
        if choices.dtype.kind not in "iu":
            raise InputError(f"actions of {self.space} are integers; got {choices.dtype}.")
        if len(self.sizes) == 1 and not self.shape:
            index = choices - self.start[0] if self.start[0] else choices
            self._check(index, self.sizes[0])
            # Stored actions are read-only, of which PyTorch would warn; np.array copies a few integers.
            chosen = torch.as_tensor(np.array(index, np.int64))
            return torch.nn.functional.embedding(chosen, self.identity).to(device)
        return self._encode_many(choices).to(device)

    def _encode_many(self, choices: Any) -> Tensor:
        lead = _leading(choices.shape, self.shape, self.space)
        index = choices.reshape(*lead, len(self.sizes)) - self.start
        self._check(index, np.array(self.sizes))
        rows = self.identity[torch.as_tensor(index + self.offsets, dtype=torch.int64)]
        return rows.sum(-2)

    def _check(self, index: Any, sizes: Any) -> None:
        if index.size and (index.min() < 0 or (index >= sizes).any()):
            raise InputError(f"an action outside {self.space}.")

    def decode(self, vectors: Tensor) -> Any:
        choices = torch.stack([part.argmax(-1) for part in torch.split(vectors, self.sizes, -1)], -1).numpy()
        return (choices + self.start).reshape(*vectors.shape[:-1], *self.shape).astype(self.space.dtype)


class _Binary:
    def __init__(self, space: spaces.MultiBinary) -> None:
        self.space, self.shape = space, space.shape
        self.dim = int(np.prod(space.shape))
        self.low, self.high = torch.zeros(self.dim), torch.ones(self.dim)

    def encode(self, actions: Any, device: Any) -> Tensor:
        bits = np.asarray(actions)
        if not np.isin(bits, (0, 1)).all():
            raise InputError(f"actions of {self.space} are 0 or 1.")
        lead = _leading(bits.shape, self.shape, self.space)
        return torch.as_tensor(np.array(bits, np.float32).reshape(*lead, self.dim), device=device)

    def decode(self, vectors: Tensor) -> Any:
        bits = (vectors > 0.5).numpy()
        return bits.reshape(*vectors.shape[:-1], *self.shape).astype(self.space.dtype)


class _Numbers:
    """A Box; what is bounded on both sides is scaled to [-1, 1]."""

    def __init__(self, space: spaces.Box) -> None:
        self.space, self.shape = space, space.shape
        self.dim = int(np.prod(space.shape))
        low, high = (b.ravel().astype(np.float64) for b in (space.low, space.high))
        bounded = np.isfinite(low) & np.isfinite(high)
        lowest, highest = np.where(bounded, low, -1.0), np.where(bounded, high, 1.0)
        width = highest - lowest
        self.centre = torch.tensor(lowest / 2 + highest / 2, dtype=torch.float32)
        self.half = torch.tensor(np.where(width > 0, width / 2, 1.0), dtype=torch.float32)
        self.low, self.high = (
            ((torch.tensor(bound, dtype=torch.float32) - self.centre) / self.half) for bound in (low, high)
        )
        self.plain = bool((self.centre == 0).all() and (self.half == 1).all())

    def encode(self, actions: Any, device: Any) -> Tensor:
        # A copy: a belief may keep the action, and whoever gave it may write over it.
        numbers = np.array(np.asarray(actions), np.float32)
        lead = _leading(numbers.shape, self.shape, self.space)
        # The sum of squares costs a tenth of a look at each, and is finite only if they all are.
        if not isfinite(np.vdot(numbers, numbers)) and not np.isfinite(numbers).all():
            raise InputError(f"an action of {self.space} is not finite (NaN or infinity).")
        values = torch.from_numpy(numbers if len(self.shape) == 1 else numbers.reshape(*lead, self.dim))
        if not self.plain:
            values = (values - self.centre) / self.half
        return values if device is None else values.to(device)

    def decode(self, vectors: Tensor) -> Any:
        values = (vectors.double() * self.half + self.centre).reshape(*vectors.shape[:-1], *self.shape).numpy()
        if self.space.dtype.kind in "iu":
            values = np.rint(values)
        return np.clip(values, self.space.low, self.space.high).astype(self.space.dtype)


class _Parts:
    """Tuple and Dict: the parts' vectors one after the other."""

    def __init__(self, keys: list[Any], parts: list[Space[Any]], assemble: Any) -> None:
        if not parts:
            raise InputError("an action space without parts; use None for a world in which nobody acts.")
        self.keys, self.assemble = keys, assemble
        self.codecs = [_codec(part) for part in parts]
        self.dim = sum(codec.dim for codec in self.codecs)
        self.low, self.high = (torch.cat([getattr(codec, end) for codec in self.codecs]) for end in ("low", "high"))

    def encode(self, actions: Any, device: Any) -> Tensor:
        if len(actions) != len(self.keys):
            raise InputError(f"actions with {len(actions)} parts given; the space has {len(self.keys)}.")
        pairs = zip(self.keys, self.codecs, strict=True)
        vectors = [codec.encode(actions[key], device) for key, codec in pairs]
        if len({vector.shape[:-1] for vector in vectors}) > 1:
            shapes = ", ".join(str(tuple(vector.shape[:-1])) for vector in vectors)
            raise InputError(f"the parts of the actions have different batch axes: {shapes}.")
        return torch.cat(vectors, -1)

    def decode(self, vectors: Tensor) -> Any:
        parts = torch.split(vectors, [codec.dim for codec in self.codecs], -1)
        return self.assemble([codec.decode(part) for codec, part in zip(self.codecs, parts, strict=True)])


def _leading(given: tuple[int, ...], shape: tuple[int, ...], space: Space[Any]) -> tuple[int, ...]:
    """The batch axes before an action's own shape."""
    cut = len(given) - len(shape)
    if cut < 0 or given[cut:] != tuple(shape):
        raise InputError(f"actions of shape {given} given; {space} takes (..., {', '.join(map(str, shape))}).")
    return given[:cut]
