"""`EpisodeWriter`: appends whole episodes to a store; a kill or a full disk costs only the torn one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from gymnasium import Space

from worldmodels.data.episode import Array, Episode, to_columns
from worldmodels.data.index import FILE, RECORD, Records, make_records, read_records
from worldmodels.data.schema import Schema
from worldmodels.data.store import STORE_FILE, checksum, map_columns, read_schema
from worldmodels.errors import DataError, InputError, OutputError
from worldmodels.locks import LOCK, lock_folder
from worldmodels.spaces import space_to_json
from worldmodels.whole import explained, reason, sweep, write_file
from worldmodels.worlds import World


class EpisodeWriter:
    """Writes a new store, or appends to one; a context manager. POSIX only, one writer at a time.

    The first episode of a new store settles its columns. Episodes count once their index record is on disk,
    which happens after all of their rows are.

    Args:
        path: Folder of the store; made when it is missing.
        action_space: What the actions are from; `None` for videos.
        fps: Frames a second of the world.
        provenance: Anything in JSON types, kept in a new store.
        world: The recipe of the environment, kept in a new store; that of a store continued must be the same.
        sync: Wait for the disk after each call, so that even a power failure leaves finished episodes whole; a
            killed process leaves them whole either way.

    Raises:
        DataError: where the folder holds something else, another writer is at work, or the store is damaged
            or for another action space or speed.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        action_space: Space[Any] | None = None,
        fps: float = 10.0,
        provenance: Mapping[str, Any] | None = None,
        world: World | None = None,
        sync: bool = True,
    ) -> None:
        self.folder = Path(path)
        self._space, self._fps, self._world = action_space, fps, world
        self._provenance, self._sync = dict(provenance or {}), sync
        self._schema: Schema | None = None
        self._handles: dict[str, int] = {}
        self._episodes = self._steps = 0
        self._lock = _lock(self.folder)
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> EpisodeWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """How many finished episodes the store has."""
        return self._episodes

    def close(self) -> None:
        """Let others write; calling it twice does no harm."""
        for handle in self._handles.values():
            os.close(handle)
        self._handles = {}
        self._lock.release()

    def add(self, episode: Episode) -> None:
        """Append one episode.

        Raises:
            InputError: where the episode does not fit the store; nothing is written.
            DataError: where it could not be written, such as on a full disk; the store stays whole.
        """
        columns = to_columns(episode, self._space)
        self._append({name: array[None] for name, array in columns.items()}, [episode.seed])

    def add_batch(self, batch: Episode, seeds: Sequence[int | None] | None = None) -> None:
        """Append N episodes of the same length at once.

        Args:
            batch: Every array has a leading axis N.
            seeds: One for each episode.

        Raises:
            InputError: where the batch does not fit the store; nothing is written.
            DataError: where it could not be written; none of the batch is stored.
        """
        count = len(batch.frames)
        if seeds is not None and len(seeds) != count:
            raise InputError(f"{len(seeds)} seeds for {count} episodes; give one for each.")
        self._append(to_columns(batch, self._space), [None] * count if seeds is None else list(seeds))

    def _append(self, columns: Mapping[str, Array], seeds: Sequence[int | None]) -> None:
        if not self._lock.is_locked:
            raise DataError(f"the writer of {self.folder} is closed; open a new one.")
        if any(seed is not None and not 0 <= seed < 2**63 for seed in seeds):
            raise InputError("a seed is not an integer in [0, 2**63); leave it out where it is unknown.")
        schema = self._schema or Schema.of(columns, self._space, self._fps, self._provenance, self._world)
        arrays = schema.arrange(columns)
        if self._schema is None:
            self._create(schema)
        steps = arrays["frames"].shape[1] - 1
        sums = [checksum(array[i] for array in arrays.values()) for i in range(len(seeds))]
        records = make_records(self._steps + self._episodes, self._steps, steps, seeds, sums)
        try:
            self._write(schema, arrays, records)
        except BaseException as error:
            self._cut()
            if not isinstance(error, OSError):
                raise
            raise DataError(
                f"{self.folder}: {len(seeds)} episode(s) could not be written ({reason(error)}); the store "
                f"keeps its {self._episodes} whole episodes: make room and append again."
            ) from error
        self._episodes += len(seeds)
        self._steps += steps * len(seeds)

    def _write(self, schema: Schema, arrays: Mapping[str, Array], records: Records) -> None:
        """Put the rows, then the records, behind what is finished; a torn tail is overwritten."""
        for column in schema.columns:
            begin = column.rows(self._steps, self._episodes) * column.row_bytes
            _write_at(self._handles[column.file], begin, arrays[column.name])
        if self._sync:
            for column in schema.columns:
                os.fsync(self._handles[column.file])
        _write_at(self._handles[FILE], self._episodes * RECORD.itemsize, records)
        if self._sync:
            os.fsync(self._handles[FILE])

    def _open(self) -> None:
        if not (self.folder / STORE_FILE).exists():
            sweep(self.folder, STORE_FILE)
            others = sorted(p.name for p in self.folder.iterdir() if p.name != LOCK)
            if others:
                raise DataError(
                    f"{self.folder} is not an episode store and not empty (it holds {others[0]}); choose a new folder."
                )
            return
        schema = read_schema(self.folder)
        self._check_world(schema)
        records = read_records(self.folder)
        map_columns(self.folder, schema, records)  # refuses a truncated store
        self._adopt(schema)
        self._episodes, self._steps = len(records), int(records["steps"].sum())
        self._cut()

    def _check_world(self, schema: Schema) -> None:
        spec = schema.spec
        if space_to_json(spec.action_space) != space_to_json(self._space):
            raise DataError(
                f"{self.folder} holds actions of {spec.action_space}, not {self._space}; choose a new folder."
            )
        if spec.fps != self._fps:
            raise DataError(f"{self.folder} holds {spec.fps} frames a second, not {self._fps}; choose a new folder.")
        kept, mine = (None if world is None else world.to_json() for world in (schema.world, self._world))
        if kept and mine and kept != mine:
            other = "; ".join(f"{name} {kept[name]}, not {mine[name]}" for name in mine if kept[name] != mine[name])
            raise DataError(f"{self.folder} holds episodes of another world ({other}); choose a new folder.")

    def _create(self, schema: Schema) -> None:
        try:
            write_file(self.folder / STORE_FILE, json.dumps(schema.to_json(), indent=1).encode())
            self._adopt(schema)
            with explained(self.folder):
                _flush_folder(self.folder)
        except OutputError as error:
            raise DataError(str(error)) from error

    def _adopt(self, schema: Schema) -> None:
        """Open the files of a schema for writing; a link in their place is refused, it may lead anywhere."""
        for name in (*(column.file for column in schema.columns), FILE):
            try:
                flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
                self._handles[name] = os.open(self.folder / name, flags, 0o644)
            except OSError as error:
                raise DataError(f"{self.folder / name} cannot be written ({reason(error)}).") from error
        self._schema = schema

    def _cut(self) -> None:
        """Drop what lies behind the finished episodes."""
        if self._schema is None:
            return
        for column in self._schema.columns:
            os.truncate(self._handles[column.file], column.rows(self._steps, self._episodes) * column.row_bytes)
        os.truncate(self._handles[FILE], self._episodes * RECORD.itemsize)


def _flush_folder(folder: Path) -> None:
    """Wait until the names of the files in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lock(folder: Path) -> FileLock:
    try:
        return lock_folder(folder)
    except Timeout as error:
        raise DataError(f"{folder} is being written by another writer; wait for it or stop it.") from error
    except OSError as error:
        raise DataError(f"{folder} cannot be a store ({reason(error)}); choose another folder.") from error


def _write_at(handle: int, begin: int, array: Array) -> None:
    raw = array.reshape(-1).view(np.uint8).data
    while raw:
        written = os.pwrite(handle, raw, begin)
        raw, begin = raw[written:], begin + written
