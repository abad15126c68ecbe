"""What can be done in a world, described for the page, and its answers read back."""

from __future__ import annotations

from collections.abc import Mapping
from enum import EnumMeta
from typing import Any

import numpy as np
from gymnasium import Env, Space, spaces

from worldmodels.data.recorder import cast_action
from worldmodels.errors import InputError


def describe(space: Space[Any] | None, meanings: list[str] | None = None) -> dict[str, Any] | None:
    """An action space in JSON types; `None` where there is nothing to choose.

    Args:
        space: Discrete, Multi*, Box, Tuple or Dict of these.
        meanings: What the choices of a Discrete space are called.
    """
    match space:
        case spaces.Discrete():
            names = meanings if meanings is not None and len(meanings) == space.n else None
            return {"kind": "discrete", "n": int(space.n), "start": int(space.start), "names": names}
        case spaces.MultiDiscrete():
            choices = space.nvec.ravel().tolist()
            return {"kind": "choices", "n": choices, "start": space.start.ravel().tolist(), "shape": list(space.shape)}
        case spaces.MultiBinary():
            return {"kind": "switches", "shape": list(space.shape)}
        case spaces.Box():
            low, high = (bound.astype(float).ravel().tolist() for bound in _bounds(space))
            return {"kind": "box", "low": low, "high": high, "shape": list(space.shape)}
        case spaces.Dict():
            return {"kind": "dict", "parts": {str(key): describe(part) for key, part in space.spaces.items()}}
        case spaces.Tuple():
            return {"kind": "tuple", "parts": {str(i): describe(part) for i, part in enumerate(space.spaces)}}
    return None


def read_action(space: Space[Any], value: Any) -> Any:
    """The Gymnasium action that a page sent.

    Raises:
        InputError: for another form, or an action outside the space.
    """
    try:
        action = cast_action(space, _nested(space, value))
    except InputError:
        raise
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise InputError(f"{value!r:.80} is no action of {space}.") from error
    if not space.contains(action):
        raise InputError(f"{value!r:.80} is no action of {space}.")
    return action


def meanings(env: Env[Any, Any] | None) -> list[str] | None:
    """What an environment calls its discrete actions, as ALE and MiniGrid do; `None` where it does not say."""
    if env is None:
        return None
    inner = env.unwrapped
    told = getattr(inner, "get_action_meanings", None)
    if callable(told):
        return [str(name) for name in told()]
    actions = getattr(inner, "actions", None)
    return list(actions.__members__) if isinstance(actions, EnumMeta) else None


def _nested(space: Space[Any], value: Any) -> Any:
    match space:
        case spaces.Dict() if isinstance(value, Mapping) and value.keys() == set(map(str, space.spaces)):
            return {key: _nested(part, value[str(key)]) for key, part in space.spaces.items()}
        case spaces.Tuple() if isinstance(value, Mapping) and len(value) == len(space.spaces):
            return tuple(_nested(part, value[str(i)]) for i, part in enumerate(space.spaces))
        case spaces.Discrete():
            if isinstance(value, bool) or not isinstance(value, int):
                raise InputError(f"{value!r:.80} is no action of {space}, which are whole numbers.")
            return value
        case spaces.Box() | spaces.MultiDiscrete() | spaces.MultiBinary():
            return np.asarray(value).reshape(space.shape)
    raise InputError(f"{value!r:.80} is no action of {space}.")


def _bounds(space: spaces.Box) -> tuple[Any, Any]:
    """A slider needs ends: where a Box has none, -1 and 1."""
    low = np.where(np.isfinite(space.low), space.low, -1.0)
    return low, np.where(np.isfinite(space.high), space.high, np.maximum(1.0, low + 1))
