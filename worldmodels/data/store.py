"""`EpisodeStore`: episodes in a folder, read through memory maps while they may still be appended."""

from __future__ import annotations

import hashlib
import json
import operator
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from worldmodels.data.episode import SIGNAL, Array, Episode, nest_actions
from worldmodels.data.index import NO_SEED, Records, read_records
from worldmodels.data.schema import Schema, StoredColumn
from worldmodels.errors import DataError, InputError
from worldmodels.spec import WorldSpec

STORE_FILE = "store.json"


class Episodes(Sequence[Episode]):
    """Some episodes of a store: all of them, or a subset; indexing gives views, not copies.

    A copy sent to another process opens the files anew and holds the same episodes.

    Args:
        folder: The store.
        schema: What it holds.
        records: The index records of these episodes.
    """

    def __init__(self, folder: Path, schema: Schema, records: Records) -> None:
        self.folder = folder
        self.schema = schema
        self.records = records
        self.columns = map_columns(folder, schema, records)

    def __reduce__(self) -> tuple[Callable[..., Episodes], tuple[Any, ...]]:
        return Episodes, (self.folder, self.schema, self.records)

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, index: Any) -> Any:
        """The episode of an index, or the subset of a slice."""
        if isinstance(index, slice):
            return self.subset(range(len(self))[index])
        return self._episode(operator.index(index))

    def __iter__(self) -> Iterator[Episode]:
        return (self._episode(i) for i in range(len(self)))

    @property
    def spec(self) -> WorldSpec:
        """Frame shape, action space and frames a second."""
        return self.schema.spec

    @property
    def steps(self) -> Array:
        """int64 (episode,): how many steps each episode has; it has one frame more."""
        return np.asarray(self.records["steps"], np.int64)

    def subset(self, indices: Sequence[int] | Array) -> Episodes:
        """Some of these episodes, in the given order.

        Raises:
            InputError: where an index is out of range.
        """
        chosen = np.asarray(indices, np.int64).reshape(-1)
        if chosen.size and not (-len(self) <= chosen.min() and chosen.max() < len(self)):
            raise InputError(f"episode indices must lie in [0, {len(self)}).")
        return Episodes(self.folder, self.schema, self.records[chosen])

    def split(self, fraction: float, seed: int = 0) -> tuple[Episodes, Episodes]:
        """Two disjoint subsets, such as for training and validation.

        Args:
            fraction: Share of the episodes in the second one, above 0 and below 1; each gets at least one.
            seed: Of the choice.

        Raises:
            InputError: for another fraction, or fewer than two episodes.
        """
        if not 0 < fraction < 1 or len(self) < 2:
            raise InputError(
                f"cannot split {len(self)} episodes at {fraction}; needed: 2 episodes, a fraction in (0, 1)."
            )
        order = np.random.default_rng(seed).permutation(len(self))
        second = min(max(round(fraction * len(self)), 1), len(self) - 1)
        return self.subset(np.sort(order[second:])), self.subset(np.sort(order[:second]))

    @property
    def digest(self) -> str:
        """What identifies the content of these episodes wherever they lie: schema, lengths and checksums, hashed."""
        told = json.dumps(self.schema.to_json(), sort_keys=True).encode()
        return hashlib.sha256(told + np.ascontiguousarray(self.records).tobytes()).hexdigest()

    def verify(self) -> None:
        """Read every byte of these episodes.

        Raises:
            DataError: naming the first episode whose bytes are not those that were written.
        """
        for i, record in enumerate(self.records):
            rows = (self._rows(column, record) for column in self.schema.columns)
            if checksum(rows) != record["data"]:
                raise DataError(f"{self.folder} is damaged: episode {i} changed after it was written.")

    def _rows(self, column: StoredColumn, record: np.void) -> Array:
        begin, steps = int(record[column.kind]), int(record["steps"])
        return self.columns[column.name][begin : begin + column.rows(steps, 1)]

    def _episode(self, index: int) -> Episode:
        if not -len(self) <= index < len(self):
            raise IndexError(f"episode {index} of {len(self)}")
        record = self.records[index]
        columns = {column.name: self._rows(column, record) for column in self.schema.columns}
        seed = int(record["seed"])
        return Episode(**episode_fields(self.schema, columns), seed=None if seed == NO_SEED else seed)


class EpisodeStore(Episodes):
    """The finished episodes of a store, as of the opening or the last `refresh`.

    Args:
        path: A folder that `EpisodeWriter` or `record` has written.

    Raises:
        DataError: where there is no store, or it is foreign, truncated or damaged.
    """

    def __init__(self, path: str | Path) -> None:
        folder = Path(path)
        super().__init__(folder, read_schema(folder), read_records(folder))

    def refresh(self) -> int:
        """See the episodes finished since; earlier views stay valid. Returns how many there are now."""
        records = read_records(self.folder)
        self.columns = map_columns(self.folder, self.schema, records)
        self.records = records
        return len(self)


def read_schema(folder: Path) -> Schema:
    """The schema of the store in a folder.

    Raises:
        DataError: where there is none that can be read.
    """
    path = folder / STORE_FILE
    try:
        return Schema.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(f"{folder} is not an episode store: it has no {STORE_FILE}.") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not JSON ({error}); restore the store from a copy.") from error
    except DataError as error:
        raise DataError(f"{path} cannot be used: {error}") from error


def map_columns(folder: Path, schema: Schema, records: Records) -> dict[str, Array]:
    """Read-only memory maps of the rows that the records need, by column name."""
    if not len(records):
        return {c.name: np.empty((0, *c.shape), c.disk_dtype) for c in schema.columns}
    ends = {
        "frame": int((records["frame"] + records["steps"]).max()) + 1,
        "step": int((records["step"] + records["steps"]).max()),
    }
    return {c.name: _map_column(folder / c.file, c, ends[c.kind]) for c in schema.columns}


def _map_column(path: Path, column: StoredColumn, rows: int) -> Array:
    needed = rows * column.row_bytes
    found = path.stat().st_size if path.is_file() else 0
    if found < needed:
        raise DataError(
            f"{path} is truncated: it has {found} of the {needed} bytes that its index needs; "
            "restore the store from a copy."
        )
    if not needed:
        return np.empty((0, *column.shape), column.disk_dtype)
    return np.memmap(path, column.disk_dtype, "r", shape=(rows, *column.shape)).view(np.ndarray)


def checksum(rows: Iterable[Array]) -> int:
    """CRC-32 over the bytes of contiguous arrays, one after the other."""
    crc = 0
    for array in rows:
        crc = zlib.crc32(array.reshape(-1).view(np.uint8).data, crc)
    return crc


def episode_fields(schema: Schema, columns: Mapping[str, Array]) -> dict[str, Any]:
    """The arguments of an `Episode` from columns; actions only where all of their columns are there."""
    signals = {unquote(k.removeprefix(SIGNAL)): v for k, v in columns.items() if k.startswith(SIGNAL)}
    plain = {k: columns[k] for k in ("frames", "rewards", "terminated", "truncated") if k in columns}
    if any(k.split(".")[0] == "actions" for k in columns):
        plain["actions"] = nest_actions(schema.spec.action_space, columns)
    return {**plain, "signals": signals}
