"""`Episode`: one recorded episode, and the named columns that it is stored as."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote

import gymnasium.spaces as spaces
import numpy as np
from gymnasium import Space

from worldmodels.errors import InputError

Array = np.ndarray[Any, Any]
SIGNAL = "signal."
_Path = tuple[str | int, ...]


@dataclass(frozen=True, eq=False)
class Episode:
    """An episode of T steps, or with a leading axis everywhere a batch of N episodes of T steps.

    Attributes:
        frames: uint8 (T+1, height, width, channel); the first one is what the reset showed.
        actions: (T, ...), `actions[t]` leads from frame t to frame t+1; nested as the action space is for
            Dict and Tuple spaces; `None` for a video.
        rewards: (T,), `rewards[t]` belongs to the arrival at frame t+1.
        terminated: bool (T,).
        truncated: bool (T,).
        signals: Whatever else is known at every frame, name -> (T+1, ...).
        seed: What the environment was reset with; kept by the store, `None` where unknown.
    """

    frames: Array
    actions: Any = None
    rewards: Array | None = None
    terminated: Array | None = None
    truncated: Array | None = None
    signals: Mapping[str, Array] = field(default_factory=dict)
    seed: int | None = None

    @property
    def steps(self) -> int:
        """T, one less than there are frames."""
        return int(self.frames.shape[-4]) - 1


class Leaf(NamedTuple):
    """A part of an action space that is not made of parts, and the column that holds it."""

    column: str
    path: _Path
    space: Space[Any]


def action_leaves(space: Space[Any] | None, path: _Path = ()) -> Iterator[Leaf]:
    """The leaves of an action space, in the order of the space; none for `None`."""
    match space:
        case None:
            return
        case spaces.Dict():
            for key, part in space.spaces.items():
                yield from action_leaves(part, (*path, str(key)))
        case spaces.Tuple():
            for i, part in enumerate(space.spaces):
                yield from action_leaves(part, (*path, i))
        case _:
            yield Leaf(".".join(["actions", *map(quoted, path)]), path, space)


def quoted(name: str | int) -> str:
    """A name that is safe as a part of a file name, whatever characters it had."""
    return quote(str(name), safe="").replace(".", "%2E")


def to_columns(episode: Episode, space: Space[Any] | None) -> dict[str, Array]:
    """The arrays of an episode (or a batch) by column name; absent ones are left out.

    Raises:
        InputError: where the actions are not nested as their space is.
    """
    columns = {"frames": np.asarray(episode.frames)}
    if space is None and episode.actions is not None:
        raise InputError("the episode has actions, but the store has no action space; give action_space=.")
    for leaf in action_leaves(space):
        columns[leaf.column] = _pick(episode.actions, leaf)
    for name in ("rewards", "terminated", "truncated"):
        if getattr(episode, name) is not None:
            columns[name] = np.asarray(getattr(episode, name))
    columns.update({SIGNAL + quoted(k): np.asarray(v) for k, v in episode.signals.items()})
    return columns


def _pick(actions: Any, leaf: Leaf) -> Array:
    part: Any = actions
    for key in leaf.path:
        fits = isinstance(part, Mapping if isinstance(key, str) else tuple | list)
        if not fits:
            raise InputError(f"actions are not nested as their space is: no part {leaf.column!r} in them.")
        try:
            part = part[key]
        except LookupError as error:
            raise InputError(f"actions have no part {key!r}, which their space has.") from error
    if part is None:
        raise InputError("the episode has no actions, but the store has an action space; give actions.")
    return np.asarray(part)


def nest_actions(space: Space[Any] | None, columns: Mapping[str, Array]) -> Any:
    """Put action columns back into the nesting of their space; `None` without a space."""
    parts = {leaf.path: columns[leaf.column] for leaf in action_leaves(space)}
    return _nest(space, parts, ())


def _nest(space: Space[Any] | None, parts: Mapping[_Path, Array], path: _Path) -> Any:
    match space:
        case None:
            return None
        case spaces.Dict():
            return {k: _nest(part, parts, (*path, str(k))) for k, part in space.spaces.items()}
        case spaces.Tuple():
            return tuple(_nest(part, parts, (*path, i)) for i, part in enumerate(space.spaces))
    return parts[path]


def check_actions(leaf: Leaf, actions: Array, batch: tuple[int, ...]) -> None:
    """Refuse actions (*batch, ...) that are not in their space.

    Raises:
        InputError: naming the column, the fault and what the space allows.
    """
    space, shape = leaf.space, tuple(leaf.space.shape or ())
    if actions.shape != (*batch, *shape):
        raise InputError(f"{leaf.column} have shape {actions.shape}; {space} needs {(*batch, *shape)}.")
    kinds = "f" if space.dtype is not None and space.dtype.kind == "f" else "iub"
    if actions.dtype.kind not in kinds:
        kind = "floating point numbers" if kinds == "f" else "integers"
        raise InputError(f"{leaf.column} have dtype {actions.dtype}; {space} needs {kind}.")
    low, high = _bounds(space)
    inside = (actions >= low) & (actions <= high)  # NaN is never inside
    if not inside.all():
        worst = actions[~inside].flat[0]
        raise InputError(f"{leaf.column} hold {worst}, which is outside {space}; clip them first.")


def _bounds(space: Space[Any]) -> tuple[Any, Any]:
    match space:
        case spaces.Discrete():
            return space.start, space.start + space.n - 1
        case spaces.MultiDiscrete():
            return space.start, space.start + space.nvec - 1
        case spaces.MultiBinary():
            return 0, 1
        case spaces.Box():
            return space.low, space.high
    raise InputError(f"actions of {space!r} cannot be stored.")
