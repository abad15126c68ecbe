"""Where imagined episodes begin: recordings, live environments, given frames or beliefs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from gymnasium import Env, spaces

from worldmodels.data.clips import Clips, ClipSampler
from worldmodels.data.recorder import cast_action, stack_actions
from worldmodels.data.store import Episodes
from worldmodels.errors import InputError
from worldmodels.rollout import Belief
from worldmodels.worlds.wrappers import wrap

Array = np.ndarray[Any, Any]

_ATTEMPTS = 100


@dataclass(frozen=True, eq=False)
class Start:
    """What a model watches before it imagines.

    Attributes:
        frames: uint8 (batch, time, height, width, channel).
        actions: The (batch, time - 1) actions between them, nested as the action space is; `None` for one frame
            or a world without actions.
    """

    frames: Array
    actions: Any = None

    def __len__(self) -> int:
        return len(self.frames)


@runtime_checkable
class Starts(Protocol):
    """Draws starts."""

    def sample(self, n: int, rng: np.random.Generator) -> Start | Belief:
        """`n` starts, or the beliefs (n,) after them; the same for the same state of `rng`."""
        ...


class GivenStarts:
    """Draws, with replacement, from starts or beliefs at hand.

    Args:
        given: At least one.
    """

    def __init__(self, given: Start | Belief) -> None:
        if not len(given):
            raise InputError("there is not a single start to begin from.")
        self.given = given

    def sample(self, n: int, rng: np.random.Generator) -> Start | Belief:
        """`n` of the given ones."""
        rows = rng.integers(len(self.given), size=n)
        if isinstance(self.given, Start):
            return Start(self.given.frames[rows], select_actions(self.given.actions, rows))
        return self.given[rows]


class ClipStarts:
    """Windows of recorded episodes, without their last frame: a start never is an episode's end.

    Args:
        clips: Draws windows of two frames or more: a `ClipSampler`, or whatever has its `sample`.
    """

    def __init__(self, clips: Any) -> None:
        self.clips = clips

    def sample(self, n: int, rng: np.random.Generator) -> Start:
        """`n` windows drawn by the sampler."""
        return _without_end(self.clips.sample(n, rng))


class EpisodeStarts:
    """The frames of recorded episodes.

    Args:
        episodes: A store or a subset of one.
        context: Frames of a start; an episode needs one more, as no start is its end.
        first: Whether to take the beginnings of episodes only, rather than any of their windows.

    Raises:
        InputError: where no episode is long enough.
    """

    def __init__(self, episodes: Episodes, context: int = 1, first: bool = False) -> None:
        columns = [] if episodes.spec.action_space is None else ["actions"]
        self._sampler = ClipSampler(episodes, context + 1, columns)
        self._usable = np.flatnonzero(episodes.steps >= context)
        self._first = first

    def sample(self, n: int, rng: np.random.Generator) -> Start:
        """`n` windows, or beginnings."""
        if self._first:
            return _without_end(self._sampler.at(rng.choice(self._usable, n)))
        return _without_end(self._sampler.sample(n, rng))


class EnvironmentStarts:
    """Resets of a live environment, each followed by random actions where the model watches several frames.

    A real environment is slow beside an imagined one. To play it only once, draw a few hundred of its starts
    and go on with those: `GivenStarts(EnvironmentStarts(env).sample(500, rng))`.

    Args:
        env: Its observations, or else its renderings, are the frames; a world's `make()` gives them as they are.
        size: (height, width) to which frames are brought.
        context: Frames of a start.
    """

    def __init__(self, env: Env[Any, Any], size: tuple[int, int] | None = None, context: int = 1) -> None:
        space = env.observation_space
        observed = isinstance(space, spaces.Box) and space.dtype == np.uint8 and len(space.shape) in (2, 3)
        self.env = wrap(env, frame="observation" if observed else "render", size=size)
        self.context = context

    def sample(self, n: int, rng: np.random.Generator) -> Start:
        """`n` episodes' first frames."""
        frames, actions = zip(*(self._play(rng) for _ in range(n)), strict=True)
        if self.context == 1:
            return Start(np.stack(frames))
        return Start(np.stack(frames), stack_actions(self.env.action_space, actions))

    def _play(self, rng: np.random.Generator) -> tuple[Array, Any]:
        for _ in range(_ATTEMPTS):
            played = self._attempt(int(rng.integers(2**31)))
            if played is not None:
                return played
        raise InputError(
            f"{_ATTEMPTS} times in a row {self.env} ended within {self.context} frames; ask for less context."
        )

    def _attempt(self, seed: int) -> tuple[Array, Any] | None:
        frame, _ = self.env.reset(seed=seed)
        space = self.env.action_space
        space.seed(seed)
        frames, actions = [np.array(frame)], []  # many environments draw in place
        while len(frames) < self.context:
            actions.append(cast_action(space, space.sample()))
            frame, _, terminated, truncated, _ = self.env.step(actions[-1])
            if terminated or truncated:
                return None
            frames.append(np.array(frame))
        return np.stack(frames), stack_actions(space, actions) if actions else None


def select_actions(actions: Any, index: Any) -> Any:
    """Index a batch of actions, however it is nested."""
    match actions:
        case None:
            return None
        case dict():
            return {key: select_actions(part, index) for key, part in actions.items()}
        case tuple():
            return tuple(select_actions(part, index) for part in actions)
    return actions[index]


def _without_end(clips: Clips) -> Start:
    if clips.frames.shape[1] < 2:
        raise InputError("starts need clips of at least 2 frames, as the last one is left out.")
    return Start(clips.frames[:, :-1], select_actions(clips.actions, np.s_[:, :-1]))
