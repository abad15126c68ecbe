"""Gymnasium environments: place the one ball, or watch the world run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from worldmodels_envs.names import known_name
from worldmodels_envs.phyre.attempt import Status
from worldmodels_envs.phyre.backend import Attempt, Backend, make_backend
from worldmodels_envs.phyre.scene import Scene
from worldmodels_envs.phyre.simulation import FPS, MAX_STEPS
from worldmodels_envs.rendering import check_render_mode
from worldmodels_envs.reset_options import option

Info = dict[str, Any]


ATTEMPTS = 1000
"""Random balls that are tried before the smallest one is put where it fits."""
LARGEST = 1024
"""Pixels of a side."""


def _numbers(action: Any) -> NDArray[np.float64]:
    """An action as three numbers.

    Raises:
        gymnasium.error.InvalidAction: It is none; numbers out of range are the backend's matter.
    """
    try:
        numbers = np.asarray(action, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise gymnasium.error.InvalidAction(f"an action is 3 numbers in [0, 1]; got {action!r:.80}") from error
    if numbers.shape != (3,):
        raise gymnasium.error.InvalidAction(f"an action is 3 numbers in [0, 1]; got shape {numbers.shape}")
    return numbers


class _PuzzleEnv(gymnasium.Env[NDArray[np.uint8], Any]):
    """What both environments share: puzzles drawn at reset, and pictures."""

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 1}  # noqa: RUF012

    def __init__(self, backend: Backend, size: int, stride: int, render_mode: str | None) -> None:
        check_render_mode(render_mode, self.metadata["render_modes"])
        if type(stride) is not int or not 1 <= stride <= MAX_STEPS:
            raise ValueError(f"stride is 1 to {MAX_STEPS} physics steps; got {stride!r:.80}")
        if type(size) is not int or not 1 <= size <= LARGEST:
            raise ValueError(f"size is 1 to {LARGEST} pixels; got {size!r:.80}")
        self.backend, self.size, self.stride, self.render_mode = backend, size, stride, render_mode
        self.metadata = {**self.metadata, "render_fps": FPS / stride}
        self._id = backend.ids[0]
        self._picture: NDArray[np.uint8] | None = None

    def _choose(self, options: dict[str, Any] | None) -> None:
        """Take the puzzle that `options["task"]` names, or draw one."""
        name = option(options, "task")
        if name is None:
            self._id = self.backend.ids[int(self.np_random.integers(len(self.backend.ids)))]
        elif name in self.backend.ids:
            self._id = name
        else:
            raise ValueError(f"'{name}' is not among this environment's {len(self.backend.ids)} puzzles")

    def close(self) -> None:
        """End the episode; only `reset` begins another one."""
        self._picture = None

    def render(self) -> NDArray[np.uint8] | None:
        """The current image, (size, size, 3), in render mode "rgb_array"."""
        return self._picture if self.render_mode == "rgb_array" else None


class PhyreEnv(_PuzzleEnv):
    """One action places the ball, then the world runs: reward 1 when the puzzle is solved.

    An invalid action is told in `info["status"]` and `info["reason"]` and costs nothing: reward 0, and the
    episode goes on. A valid one ends it. Observations are uint8 images: the scene (size, size, 3),
    with the ball in it after a valid action; or its video (frame, size, size, 3), still until a valid action.

    Args:
        tasks: ids of puzzles or templates; all by default.
        levels: scenes or a JSON file of levels, in place of shipped puzzles.
        observation: "scene" or "video".
        size: height and width in pixels.
        stride: physics steps (60 a second) from one image of a video to the next; 60 makes 17 images.
        engine: "pymunk", or "box2d" which agrees with the original.
        backend: "auto", "own" or "original" (the `phyre` package).
        part: only puzzles of one part of a fold, such as "within/0/train".
        render_mode: None or "rgb_array".
    """

    def __init__(
        self,
        tasks: Sequence[str] | None = None,
        levels: Sequence[Scene] | str | Path | None = None,
        observation: str = "scene",
        size: int = 64,
        stride: int = 60,
        engine: str = "pymunk",
        backend: str = "auto",
        part: str | None = None,
        render_mode: str | None = None,
    ) -> None:
        known_name(observation, ("scene", "video"), "observation")
        super().__init__(make_backend(backend, tasks, levels, engine, part), size, stride, render_mode)
        self._frames = 1 + MAX_STEPS // stride if observation == "video" else None
        shape = (size, size, 3) if self._frames is None else (self._frames, size, size, 3)
        self.observation_space = gymnasium.spaces.Box(0, 255, shape, np.uint8)
        self.action_space = gymnasium.spaces.Box(0.0, 1.0, (3,), np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.uint8], Info]:
        """Draw a puzzle, or take `options["task"]`."""
        super().reset(seed=seed)
        self._choose(options)
        self._picture = self.backend.image(self._id, self.size)
        return self._still(), {"task": self._id}

    def step(self, action: NDArray[np.float32]) -> tuple[NDArray[np.uint8], float, bool, bool, Info]:
        """Place the ball and run the world to its verdict; an invalid action changes nothing."""
        if self._picture is None:
            raise gymnasium.error.ResetNeeded("call reset before step")
        chosen = _numbers(action)
        run = self.backend.run(self._id, chosen, self.size, None if self._frames is None else self.stride)
        info = {"task": self._id, "status": int(run.status), "steps": run.steps}
        if run.status == Status.INVALID:
            return self._still(), 0.0, False, False, {**info, "reason": run.reason}
        observation = self._after(run, chosen)
        return observation, float(run.status == Status.SOLVED), True, False, info

    def _after(self, run: Attempt, action: NDArray[np.float64]) -> NDArray[np.uint8]:
        if run.frames is None or self._frames is None:
            self._picture = self.backend.image_with(self._id, action, self.size)
            return self._picture
        self._picture = run.frames[-1]
        shown = np.minimum(np.arange(self._frames), len(run.frames) - 1)
        return run.frames[shown]

    def _still(self) -> NDArray[np.uint8]:
        assert self._picture is not None
        if self._frames is None:
            return self._picture
        return np.repeat(self._picture[None], self._frames, axis=0)


class PhyreVideoEnv(_PuzzleEnv):
    """The world running, image by image, the ball already placed: what a world model is trained on.

    Reset places a ball and shows it; each step, whose one action does nothing, shows the world `stride`
    physics steps later. Reward 1 on the frame at which the puzzle is solved, which ends the episode; it is
    truncated when the time is over or nothing moves any more. `info` holds the number of bodies and their poses
    (most bodies, 3), with as many rows for all puzzles of an environment, 0 beyond the bodies.

    Args:
        tasks: ids of puzzles or templates; all by default.
        levels: scenes or a JSON file of levels, in place of shipped puzzles.
        solutions: share of episodes whose ball is a known solution moved by up to 2 px; the others' balls are
            random valid ones. Levels of one's own have none.
        size: height and width in pixels.
        stride: physics steps (60 a second) between two images.
        engine: "pymunk", or "box2d" which agrees with the original.
        backend: "auto", "own" or "original" (the `phyre` package).
        part: only puzzles of one part of a fold, such as "within/0/train".
        render_mode: None or "rgb_array".
    """

    def __init__(
        self,
        tasks: Sequence[str] | None = None,
        levels: Sequence[Scene] | str | Path | None = None,
        solutions: float = 0.5,
        size: int = 64,
        stride: int = 10,
        engine: str = "pymunk",
        backend: str = "auto",
        part: str | None = None,
        render_mode: str | None = None,
    ) -> None:
        super().__init__(make_backend(backend, tasks, levels, engine, part), size, stride, render_mode)
        if isinstance(solutions, bool) or not isinstance(solutions, int | float) or not 0 <= solutions <= 1:
            raise ValueError(f"solutions is a share from 0 to 1; got {solutions!r:.80}")
        self.solutions = solutions
        self.observation_space = gymnasium.spaces.Box(0, 255, (size, size, 3), np.uint8)
        self.action_space = gymnasium.spaces.Discrete(1)
        self._poses: NDArray[np.float32] | None = None
        self._video: NDArray[np.uint8] | None = None
        self._solved = False
        self._at = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.uint8], Info]:
        """Draw a puzzle and a ball, or take `options["task"]` and `options["action"]`.

        Raises:
            ValueError: when the given action is invalid, saying why.
        """
        super().reset(seed=seed)
        self._choose(options)
        given = option(options, "action")
        run = self._first_valid() if given is None else self._try(_numbers(given))
        if run.frames is None:
            raise ValueError(f"the action is invalid on {self._id}: {run.reason}")
        self._video, self._poses, self._solved = run.frames, run.poses, run.status == Status.SOLVED
        self._at = 0
        self._picture = run.frames[0]
        return self._picture, self._info()

    def step(self, action: int) -> tuple[NDArray[np.uint8], float, bool, bool, Info]:
        """Go on by `stride` physics steps."""
        if self._video is None or self._picture is None:
            raise gymnasium.error.ResetNeeded("call reset before step")
        last = len(self._video) - 1
        self._at = min(self._at + 1, last)
        self._picture = self._video[self._at]
        ended = self._at == last
        solved = ended and self._solved
        return self._picture, float(solved), solved, ended and not solved, self._info()

    def _first_valid(self) -> Attempt:
        known = self.backend.solution(self._id)
        if known is not None and self.np_random.random() < self.solutions:
            moved = known + self.np_random.integers(-2, 3, 3) * [1 / 255, 1 / 255, 0]
            run = self._try(np.clip(moved, 0, 1))
            if run.status != Status.INVALID:
                return run
        for _ in range(ATTEMPTS):
            run = self._try(self.np_random.random(3))
            if run.status != Status.INVALID:
                return run
        return self._try(self.np_random.choice(self.backend.valid_actions(self._id)))

    def _try(self, action: NDArray[np.float64]) -> Attempt:
        return self.backend.run(self._id, action, self.size, self.stride)

    def _info(self) -> Info:
        if self._poses is None:
            return {"task": self._id, "poses": None}
        bodies = self._poses.shape[1]
        poses = np.zeros((self.backend.most_bodies, 3), np.float32)
        poses[:bodies] = self._poses[self._at]
        return {"task": self._id, "bodies": bodies, "poses": poses}
