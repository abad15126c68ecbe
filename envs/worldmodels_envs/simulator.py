"""`Simulator`: a batch of episodes stepped together, and whole data sets made by it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from worldmodels_envs.variants import Variants
from worldmodels_envs.variation import Factors

Rows = npt.NDArray[np.intp]
Info = dict[str, npt.NDArray[Any]]
Arrays = dict[str, npt.NDArray[Any]]

# Each batch of a data set has its own random stream, so a video's bytes depend on the seed and its number alone.
BATCH = 64


class Simulator(ABC):
    """A batch of independent episodes, stepped together; it neither counts steps nor restarts itself.

    Args:
        config: The world.
        count: How many episodes run at once.

    Attributes:
        variants: The world's configurations by name.
        options: Arguments of the class beside these.
        factors: What may vary from episode to episode, by name.
        action_space: What an agent does; a single action does nothing.
        frame_shape: (height, width, channel).
    """

    variants: ClassVar[Variants[Any]]
    options: ClassVar[tuple[str, ...]] = ()
    factors: ClassVar[Factors] = {}
    action_space: spaces.Discrete
    frame_shape: tuple[int, int, int]

    def __init__(self, config: Any, count: int) -> None:
        self.config, self.count = config, count

    @classmethod
    def make(cls, count: int, config: Any = None, **changes: Any) -> Self:
        """Return `count` episodes of a configuration or a variant, with fields and options changed.

        Raises:
            ValueError: No variant, field or option has that name, or a value is out of range.
        """
        options = {name: changes.pop(name) for name in cls.options if name in changes}
        return cls(cls.variants.resolve(config, **changes), count, **options)

    @abstractmethod
    def reset(self, rng: np.random.Generator, rows: Rows | None = None) -> None:
        """Start new episodes, in all rows or in some."""

    @abstractmethod
    def step(
        self, rng: np.random.Generator, actions: npt.NDArray[np.intp] | None = None
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Advance every row by one frame; return rewards (count,) and terminations (count,)."""

    @abstractmethod
    def look(self, rows: Rows | None = None) -> tuple[npt.NDArray[np.uint8], Info]:
        """Return new arrays: frames (rows, height, width, channel) and the ground truth, each with a row axis."""

    def roll(self, rng: np.random.Generator, length: int, rows: slice = slice(None)) -> Arrays:
        """Run all episodes from their start without an agent, and return those of some rows.

        Returns:
            `frames` (rows, length, height, width, channel), and what else `look` reports, (rows, length, ...).
        """
        self.reset(rng)
        seen = []
        for _ in range(length):
            frames, info = self.look()
            seen.append({"frames": frames[rows]} | {name: values[rows] for name, values in info.items()})
            if len(seen) < length:
                self.step(rng)
        return {name: np.stack([arrays[name] for arrays in seen], axis=1) for name in seen[0]}

    @classmethod
    def batches(
        cls, config: Any = None, videos: int = 1000, length: int = 20, seed: int = 0, *, start: int = 0, **changes: Any
    ) -> Iterator[Arrays]:
        """Make videos number start, start + 1, ... without an agent, up to `BATCH` at a time.

        A video's bytes depend on the configuration, the seed, its number and its length alone.

        Args:
            config: A configuration or a variant's name; the first variant by default.
            videos: How many videos, at least 1.
            length: Frames of each, at least 1.
            seed: At least 0.
            start: Number of the first video.
            **changes: Fields of the configuration and options to change.

        Returns:
            One batch after another: arrays as `roll` returns them.

        Raises:
            ValueError: The configuration is unknown or a number is out of range.
        """
        for name, value, least in (
            ("videos", videos, 1),
            ("length", length, 1),
            ("seed", seed, 0),
            ("start", start, 0),
        ):
            if value < least:
                raise ValueError(f"{name} is {value}, must be at least {least}")
        simulator, stop = cls.make(BATCH, config, **changes), start + videos

        def run(begin: int) -> Arrays:
            rows = slice(max(start - begin, 0), min(stop - begin, BATCH))
            return simulator.roll(np.random.default_rng([seed, begin]), length, rows)

        return map(run, range(start - start % BATCH, stop, BATCH))

    @classmethod
    def generate(
        cls, config: Any = None, videos: int = 1000, length: int = 20, seed: int = 0, **changes: Any
    ) -> Arrays:
        """Make a whole data set in memory; arguments, arrays and errors as in `batches`."""
        arrays: Arrays = {}
        done = 0
        for batch in cls.batches(config, videos, length, seed, **changes):
            made = len(batch["frames"])
            for name, values in batch.items():
                if name not in arrays:
                    arrays[name] = np.empty((videos, *values.shape[1:]), values.dtype)
                arrays[name][done : done + made] = values
            done += made
        return arrays
