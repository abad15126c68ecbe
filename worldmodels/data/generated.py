"""Episodes of action-free environments that make many at a time, without being stepped."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from gymnasium import Env, Wrapper
from gymnasium.wrappers import OrderEnforcing, PassiveEnvChecker, TimeLimit

from worldmodels.data.episode import Array, Episode
from worldmodels.errors import UnknownNameError
from worldmodels.worlds.wrappers import IsSuccess


@runtime_checkable
class BatchGenerator(Protocol):
    """An environment whose only action does nothing, so that its episodes can be made in batches."""

    def batches(
        self, episodes: int, length: int, *, seed: int, start: int, signals: Collection[str]
    ) -> Iterator[Mapping[str, Array]]:
        """Make episodes number `start`, `start` + 1, ...; each depends on the seed and its number alone.

        Args:
            episodes: How many.
            length: Frames of each.
            seed: Of all of them.
            start: Number of the first.
            signals: Entries of the environment's info that are wanted.

        Returns:
            One batch after another: "frames" uint8 (episode, time, height, width, channel), and at least the wanted
            entries of info, (episode, time, ...).
        """
        ...


@dataclass(frozen=True)
class GeneratedEpisodes:
    """What a batch generator makes, as episodes to store: they end where the environment's time limit cuts them.

    Attributes:
        env: The environment.
        generator: What makes its episodes.
        steps: Of each episode.
    """

    env: Env[Any, Any]
    generator: BatchGenerator
    steps: int

    @classmethod
    def of(cls, env: Env[Any, Any]) -> GeneratedEpisodes | None:
        """The generator of an environment; `None` where it has none, or a wrapper could change what is recorded."""
        inner, limits = env, list[int]()
        while isinstance(inner, Wrapper):
            if isinstance(inner, TimeLimit):
                limits.append(inner._max_episode_steps)
            elif not isinstance(inner, OrderEnforcing | PassiveEnvChecker | IsSuccess):
                return None
            inner = inner.env
        steps = min(limits, default=None)
        return cls(env, inner, steps) if isinstance(inner, BatchGenerator) and steps is not None else None

    def batches(self, episodes: int, seed: int, start: int, signals: Collection[str]) -> Iterator[Episode]:
        """Batches of episodes, from number `start` on.

        Raises:
            UnknownNameError: for a signal that the environment's info has not.
        """
        for made in self.generator.batches(episodes, self.steps + 1, seed=seed, start=start, signals=signals):
            for name in signals:
                if name not in made:
                    raise UnknownNameError("signal", name, made.keys() - {"frames"})
            yield self._episodes(made["frames"], {name: made[name] for name in signals})

    def _episodes(self, frames: Array, signals: dict[str, Array]) -> Episode:
        shape = (len(frames), self.steps)
        space = self.env.action_space
        truncated = np.zeros(shape, bool)
        truncated[:, -1] = True
        return Episode(
            frames=frames,
            # The one action there is, in the space's own dtype.
            actions=np.full(shape, space.sample(), space.dtype),
            rewards=np.zeros(shape, np.float64),
            terminated=np.zeros(shape, bool),
            truncated=truncated,
            signals=signals,
        )
