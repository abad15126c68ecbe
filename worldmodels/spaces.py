"""Action spaces as plain JSON and back; nothing named in the JSON is ever imported or run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gymnasium.spaces as spaces
import numpy as np
from gymnasium import Space

from worldmodels.errors import InputError

_DTYPES = {f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)} | {"float32", "float64"}


def space_to_json(space: Space[Any] | None) -> dict[str, Any] | None:
    """Describe a Gymnasium space in JSON types; `None` stays `None`.

    Raises:
        InputError: for a kind of space that has no description.
    """
    match space:
        case None:
            return None
        case spaces.Discrete():
            return {"type": "Discrete", "n": int(space.n), "start": int(space.start)}
        case spaces.MultiDiscrete():
            return {"type": "MultiDiscrete", "nvec": space.nvec.tolist(), "start": space.start.tolist()}
        case spaces.MultiBinary():
            return {"type": "MultiBinary", "n": space.n if isinstance(space.n, int) else list(space.shape)}
        case spaces.Box():
            return _box_to_json(space)
        case spaces.Tuple():
            return {"type": "Tuple", "spaces": [space_to_json(s) for s in space.spaces]}
        case spaces.Dict():
            return {"type": "Dict", "spaces": {k: space_to_json(s) for k, s in space.spaces.items()}}
    raise InputError(f"{space!r} cannot be saved; allowed spaces: {', '.join(_READERS)}.")


def space_from_json(description: Any) -> Space[Any] | None:
    """Build the space that `space_to_json` described.

    Raises:
        InputError: where the description is not one.
    """
    if description is None:
        return None
    if not isinstance(description, Mapping) or description.get("type") not in _READERS:
        raise InputError(f"not a space: {description!r:.120}; 'type' must be one of {', '.join(_READERS)}.")
    try:
        return _READERS[description["type"]](description)
    except (KeyError, TypeError, ValueError, AssertionError, AttributeError) as error:
        raise InputError(f"a damaged description of a space: {description!r:.120} ({error}).") from error


def _box_to_json(space: spaces.Box) -> dict[str, Any]:
    return {
        "type": "Box",
        "low": _bounds_to_json(space.low),
        "high": _bounds_to_json(space.high),
        "shape": list(space.shape),
        "dtype": str(space.dtype),
    }


def _bounds_to_json(bounds: np.ndarray[Any, Any]) -> list[Any]:
    """Bounds as numbers, infinities as the strings that JSON can hold; one number where all are equal."""
    flat = bounds.ravel()
    values = flat[:1] if flat.size and (flat == flat[0]).all() else flat
    return [str(v) if isinstance(v, float) and np.isinf(v) else v for v in values.tolist()]


def _read_box(d: Mapping[str, Any]) -> spaces.Box:
    if d["dtype"] not in _DTYPES:
        raise ValueError(f"dtype {d['dtype']!r} is not a number type")
    shape, dtype = tuple(int(n) for n in d["shape"]), np.dtype(d["dtype"])
    low, high = (_read_bounds(d[key], shape, dtype) for key in ("low", "high"))
    return spaces.Box(low, high, shape, dtype.type)


def _read_bounds(values: list[Any], shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """One number for all entries, or one for each; integers do not pass through floats, which round them."""
    numbers = [float(v) if isinstance(v, str) else v for v in values]
    flat = np.array(numbers, dtype)
    return np.full(shape, flat[0], dtype) if flat.size == 1 else flat.reshape(shape)


def _read_multi_discrete(d: Mapping[str, Any]) -> spaces.MultiDiscrete:
    return spaces.MultiDiscrete(np.array(d["nvec"], np.int64), start=np.array(d["start"], np.int64))


def _read_part(description: Any) -> Space[Any]:
    space = space_from_json(description)
    if space is None:
        raise ValueError("a part of a space cannot be null")
    return space


_READERS: dict[str, Callable[[Mapping[str, Any]], Space[Any]]] = {
    "Discrete": lambda d: spaces.Discrete(int(d["n"]), start=int(d["start"])),
    "MultiDiscrete": _read_multi_discrete,
    "MultiBinary": lambda d: spaces.MultiBinary(d["n"] if isinstance(d["n"], int) else [int(n) for n in d["n"]]),
    "Box": _read_box,
    "Tuple": lambda d: spaces.Tuple([_read_part(s) for s in d["spaces"]]),
    "Dict": lambda d: spaces.Dict([(str(k), _read_part(s)) for k, s in d["spaces"].items()]),
}
