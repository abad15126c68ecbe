"""`Schema`: what the columns of an episode store hold, read from and written to `store.json`."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote

import numpy as np

from worldmodels.data.episode import SIGNAL, Array, action_leaves, check_actions
from worldmodels.errors import DataError, InputError, UnknownNameError
from worldmodels.spec import WorldSpec
from worldmodels.worlds import World

FORMAT, VERSION = "worldmodels-episodes", 1
_INTEGERS = tuple(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
DTYPES = ("bool", *_INTEGERS, "float16", "float32", "float64")
_NAME = re.compile(r"frames|rewards|terminated|truncated|actions(\.[\w%~-]+)*|signal\.[\w%~-]+", re.ASCII)
_MAX_NAME, _MAX_ROW = 200, 2**40
_STEP_COLUMNS = ("rewards", "terminated", "truncated")


@dataclass(frozen=True)
class StoredColumn:
    """One flat file of equal rows.

    Attributes:
        name: Such as "frames", "actions", "actions.gripper", "rewards", "signal.position".
        kind: "frame" for T+1 rows an episode, "step" for T rows.
        dtype: Name of a numeric dtype; on disk little-endian.
        shape: Shape of one row.
    """

    name: str
    kind: Literal["frame", "step"]
    dtype: str
    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or len(self.name) > _MAX_NAME or not _NAME.fullmatch(self.name):
            raise InputError(
                f"column name {self.name!r:.250} is not frames, actions, rewards, terminated, truncated "
                f"or signal.NAME, or has over {_MAX_NAME} characters."
            )
        if self.kind not in ("frame", "step"):
            raise InputError(f"column {self.name} is of kind {self.kind!r}; allowed: 'frame' and 'step'.")
        if self.dtype not in DTYPES:
            raise InputError(f"column {self.name} has dtype {self.dtype!r}; allowed: {', '.join(DTYPES)}.")
        if not all(type(n) is int and n > 0 for n in self.shape) or math.prod(self.shape) > _MAX_ROW:
            raise InputError(f"column {self.name} has rows of shape {self.shape!r:.99}; needed: lengths above 0.")

    @property
    def file(self) -> str:
        """Name of the file inside the store."""
        return f"{self.name}.bin"

    @property
    def disk_dtype(self) -> np.dtype[Any]:
        """The dtype with the byte order that files have."""
        return np.dtype(self.dtype).newbyteorder("<")

    @property
    def row_bytes(self) -> int:
        """Bytes that one row takes."""
        return math.prod(self.shape) * self.disk_dtype.itemsize

    def rows(self, steps: int, episodes: int) -> int:
        """Rows that so many steps in so many episodes take."""
        return steps + episodes if self.kind == "frame" else steps


@dataclass(frozen=True)
class Schema:
    """The world that a store's episodes are from, and its columns.

    Attributes:
        spec: Frame shape, action space and frames a second.
        columns: In the order in which an episode's checksum runs through them.
        provenance: Anything in JSON types: the environment's id, the command, versions.
        world: The recipe of the environment that was recorded, where there is one.
    """

    spec: WorldSpec
    columns: tuple[StoredColumn, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    world: World | None = None

    def __post_init__(self) -> None:
        named = {column.name: column for column in self.columns}
        channels, height, width = self.spec.frame_shape
        if len(named) != len(self.columns):
            raise InputError("two columns have the same name; names must differ.")
        if named.get("frames") != StoredColumn("frames", "frame", "uint8", (height, width, channels)):
            raise InputError(f"column 'frames' is not uint8 rows of shape {(height, width, channels)}.")
        leaves = {leaf.column for leaf in action_leaves(self.spec.action_space)}
        if leaves != {name for name in named if name.split(".")[0] == "actions"}:
            raise InputError(f"the action columns do not fit the action space {self.spec.action_space}.")
        for column in self.columns:
            if column.kind != _kind(column.name):
                raise InputError(f"column {column.name!r} cannot be of kind {column.kind!r}.")

    @property
    def signals(self) -> tuple[str, ...]:
        """Names of the signals, as they were given."""
        columns = (column.name for column in self.columns if column.name.startswith(SIGNAL))
        return tuple(unquote(name.removeprefix(SIGNAL)) for name in columns)

    @classmethod
    def of(
        cls,
        columns: Mapping[str, Array],
        space: Any,
        fps: float,
        provenance: Mapping[str, Any],
        world: World | None = None,
    ) -> Schema:
        """The schema that fits the columns (episode, time, ...) of a first batch.

        Raises:
            InputError: where frames are not uint8 (episode, time, height, width, channel) or a dtype is
                not a numeric one.
        """
        frames = columns["frames"]
        if frames.ndim != 5 or frames.dtype != np.uint8 or frames.shape[-1] not in (1, 3):
            raise InputError(
                f"frames are {frames.dtype} of shape {frames.shape[1:]}; "
                "needed: uint8 (time, height, width, channel) with 1 or 3 channels."
            )
        height, width, channels = frames.shape[2:]
        spec = WorldSpec((channels, height, width), space, fps)
        rows = tuple(StoredColumn(k, _kind(k), v.dtype.name, v.shape[2:]) for k, v in columns.items())
        try:
            json.dumps(provenance, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise InputError(f"provenance does not fit into JSON: {error}.") from error
        return cls(spec, rows, dict(provenance), world)

    def arrange(self, columns: Mapping[str, Array]) -> dict[str, Array]:
        """Check a batch of columns (episode, time, ...) and return them as they go to disk.

        Raises:
            InputError: where a column is missing, unknown, of another shape or dtype, out of range or NaN.
        """
        names = [column.name for column in self.columns]
        if set(columns) != set(names):
            odd = sorted(set(columns) ^ set(names))
            raise InputError(f"the store has columns {names}; these are missing or too many: {odd}.")
        episodes, frames = columns["frames"].shape[:2]
        if not episodes or not frames:
            raise InputError("there is nothing to store: an episode has at least one frame.")
        for column in self.columns:
            steps = frames - 1 if column.kind == "step" else frames
            _check(column, columns[column.name], (episodes, steps))
        for leaf in action_leaves(self.spec.action_space):
            check_actions(leaf, columns[leaf.column], (episodes, frames - 1))
        return {c.name: np.ascontiguousarray(columns[c.name], c.disk_dtype) for c in self.columns}

    def to_json(self) -> dict[str, Any]:
        """The schema in JSON types."""
        columns = [{"name": c.name, "kind": c.kind, "dtype": c.dtype, "shape": c.shape} for c in self.columns]
        head = {"format": FORMAT, "version": VERSION, "spec": self.spec.to_json()}
        world = None if self.world is None else self.world.to_json()
        return {**head, "columns": columns, "provenance": dict(self.provenance), "world": world}

    @classmethod
    def from_json(cls, description: Any) -> Schema:
        """The schema that `to_json` described.

        Raises:
            DataError: where the description is of another format or damaged.
        """
        if not isinstance(description, Mapping) or description.get("format") != FORMAT:
            raise DataError(f"it is not an episode store; 'format' must be {FORMAT!r}.")
        if description.get("version") != VERSION:
            version = description.get("version")
            raise DataError(f"its version is {version!r}; this library reads version {VERSION}: update it.")
        try:
            columns = tuple(StoredColumn(**{**c, "shape": tuple(c["shape"])}) for c in description["columns"])
            recipe = description.get("world")
            world = None if recipe is None else World.from_json(recipe)
            return cls(WorldSpec.from_json(description["spec"]), columns, description.get("provenance", {}), world)
        except (InputError, UnknownNameError, KeyError, TypeError) as error:
            raise DataError(f"its schema is damaged: {error}") from error


def _kind(name: str) -> Literal["frame", "step"]:
    return "step" if name in _STEP_COLUMNS or name.split(".")[0] == "actions" else "frame"


def _check(column: StoredColumn, array: Array, batch: tuple[int, int]) -> None:
    needed = (*batch, *column.shape)
    if array.shape != needed:
        raise InputError(f"{column.name} have shape {array.shape[1:]}; this store needs {needed[1:]}.")
    if array.dtype.name != column.dtype:
        raise InputError(f"{column.name} have dtype {array.dtype.name}; this store needs {column.dtype}.")
    if column.name in ("terminated", "truncated") and column.dtype != "bool":
        raise InputError(f"{column.name} have dtype {column.dtype}; needed: bool.")
    if column.name == "rewards" and not np.isfinite(array).all():
        raise InputError("rewards hold NaN or infinity; every reward must be a finite number.")
