"""`Reality`: the real environment beside the imagined one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from worldmodels.data.recorder import cast_action
from worldmodels.errors import InputError
from worldmodels.worlds.wrappers import AnyEnv

Array = np.ndarray[Any, Any]
_ATTEMPTS = 100


class RealStep(NamedTuple):
    """What the environment answered.

    Attributes:
        frame: uint8 (height, width, channel).
        reward: Its reward.
        ended: "terminated", "truncated", or "" while the episode goes on.
        success: `info["is_success"]`, where it says so.
    """

    frame: Array
    reward: float
    ended: str
    success: bool | None


class Reality:
    """An environment that can be brought to any point of what was played.

    Environments cannot be copied in general, so one goes back by beginning again from the seed and acting as before,
    which waits until the next step is taken: what was seen is in the history.

    Args:
        env: Its observations are the frames.
        acts: Whether a player's actions are its own; else it gets draws of its action space.
    """

    def __init__(self, env: AnyEnv, acts: bool) -> None:
        self.env, self.acts = env, acts
        self._seed, self._context = 0, 1
        self._played: list[Any] = []
        self._ended = False

    def begin(self, seed: int, context: int) -> tuple[list[Array], list[Any]]:
        """An episode's first frames, and the random actions between them.

        Raises:
            InputError: where episodes end before so many frames.
        """
        self._context = context
        for attempt in range(_ATTEMPTS):
            self._seed = seed + attempt * 1_000_003
            frames, actions = self._watch()
            if not self._ended:
                return frames, actions
        raise InputError(f"{_ATTEMPTS} episodes in a row ended within {context} frames; ask for less context.")

    def step(self, played: Sequence[Any], action: Any) -> RealStep | None:
        """The step after those `played` since the start; `None` where the episode has ended before.

        Args:
            played: All actions since the start, the very objects that were given to earlier steps.
            action: A Gymnasium action; where the player has none, a random one is taken.
        """
        if len(played) != len(self._played) or any(a is not b for a, b in zip(played, self._played, strict=True)):
            self._watch()
            for earlier in played:
                self._advance(earlier)
        return self._advance(action)

    def close(self) -> None:
        """Close the environment."""
        self.env.close()

    def _watch(self) -> tuple[list[Array], list[Any]]:
        first, _ = self.env.reset(seed=self._seed)
        self.env.action_space.seed(self._seed)  # replays draw the same
        self._played, self._ended = [], False
        frames, actions = [np.array(first)], list[Any]()  # many environments draw in place
        while len(frames) < self._context and not self._ended:
            actions.append(self._draw())
            frame, _, terminated, truncated, _ = self.env.step(actions[-1])
            frames.append(np.array(frame))
            self._ended = bool(terminated or truncated)
        return frames, actions

    def _advance(self, action: Any) -> RealStep | None:
        self._played.append(action)
        if self._ended:
            return None
        frame, reward, terminated, truncated, info = self.env.step(action if self.acts else self._draw())
        self._ended = bool(terminated or truncated)
        success = info.get("is_success")
        ended = "terminated" if terminated else "truncated" if truncated else ""
        return RealStep(np.array(frame), float(reward), ended, None if success is None else bool(success))

    def _draw(self) -> Any:
        return cast_action(self.env.action_space, self.env.action_space.sample())
