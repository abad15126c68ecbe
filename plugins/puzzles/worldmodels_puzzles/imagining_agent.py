"""`ImaginingAgent`: a world model imagines what follows each candidate, a goal test ranks them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from worldmodels import WorldModel
from worldmodels.abilities import AnyTime
from worldmodels.data.frames import to_float
from worldmodels.errors import InputError
from worldmodels.progress import Progress
from worldmodels.rewards import HeadTermination
from worldmodels.transitions import Transitions
from worldmodels_envs.phyre.action import ball, decode, valid
from worldmodels_envs.phyre.evaluation import Outcomes
from worldmodels_envs.phyre.raster import render
from worldmodels_envs.phyre.scene import Scene
from worldmodels_envs.phyre.simulation import FPS, HOLD_STEPS, MAX_STEPS
from worldmodels_envs.phyre.splits import Split
from worldmodels_envs.phyre.tasks import task
from worldmodels_puzzles.goal import Contact, GoalTest, held

Look: TypeAlias = Literal["auto", "end", "video"]


@dataclass(frozen=True)
class ImaginingAgent:
    """An agent that orders the pool by what a world model of PhyreVideo imagines.

    The model sees one frame, the scene with the candidate's ball in it, and imagines how it ends, or all that follows
    at the rate that it was trained at. Actions are the environment's only one.

    Attributes:
        model: Trained on videos of `worldmodels/PhyreVideo-v0`.
        goal: Ranks by its value at the end, or its best mean over three seconds of the video.
        seconds: When the end is; the world itself stops after 16.7.
        look: "end" asks a model with the ability `AnyTime` for the last frame alone; "video" steps through all of
            them; "auto" does the first where the model can.
        batch: Videos imagined at once.
        temperature: Scales the noise of every latent.
        progress: Whether to show a bar.
    """

    model: WorldModel
    goal: GoalTest
    seconds: float = MAX_STEPS / FPS
    look: Look = "auto"
    batch: int = 256
    temperature: float = 0.0
    progress: bool = True

    def __post_init__(self) -> None:
        channels, height, width = self.model.spec.frame_shape
        if channels != 3 or height != width:
            raise InputError(f"puzzles are square RGB images; the model is for frames {channels, height, width}.")
        if self.look == "end" and not isinstance(self.model, AnyTime):
            name = type(self.model).__name__
            raise InputError(f"look=end needs a model with the ability AnyTime; {name} is stepped: give look=video.")

    def __call__(self, outcomes: Outcomes, fold: Split, rng: np.random.Generator) -> NDArray[np.int64]:
        """The order (puzzle, action) in which it tries the pool; ties in random order, invalid actions last."""
        orders = []
        for id in Progress(fold.test, "imagining", unit="puzzle", show=self.progress):
            worth = self.judge(task(id), outcomes.actions, int(rng.integers(1 << 31)))
            orders.append(np.lexsort((rng.random(len(worth)), -worth)))
        return np.stack(orders)

    def judge(self, scene: Scene, actions: NDArray[np.float64], seed: int = 0) -> NDArray[np.float64]:
        """How surely each action (action, 3) solves a scene, minus infinity for invalid ones, (action,)."""
        allowed = np.flatnonzero(valid(scene, actions))
        worth = np.full(len(actions), -np.inf)
        generator = torch.Generator(self.model.device).manual_seed(seed)
        for start in range(0, len(allowed), self.batch):
            some = allowed[start : start + self.batch]
            first = first_frames(scene, actions[some], self.model.spec.frame_shape[1])
            worth[some] = self._score(to_float(first, self.model.device), generator).cpu().numpy()
        return worth

    @torch.no_grad()
    def _score(self, first: Tensor, generator: torch.Generator) -> Tensor:
        options: dict[str, Any] = {"generator": generator, "temperature": self.temperature}
        frames_each_second = self.model.spec.fps
        belief = self.model.observe(first[:, None], **options)
        if isinstance(self.model, AnyTime) and self.look != "video":
            end = first.new_full((len(first), 1), self.seconds * frames_each_second)
            actions = self._actions(len(first), math.ceil(self.seconds * frames_each_second))
            imagined = self.model.imagine_at(belief, end, actions, **options)
            return self.goal(Transitions(self.model, belief, imagined))[:, -1]
        horizon = max(1, round(self.seconds * frames_each_second))
        actions = self._actions(len(first), horizon)
        imagined = self.model.imagine(belief, actions, horizon=horizon, **options)
        tests = self.goal(Transitions(self.model, belief, imagined, actions))
        return held(tests, round(HOLD_STEPS / FPS * frames_each_second))

    def _actions(self, videos: int, horizon: int) -> Tensor | None:
        if not self.model.codec.dim:
            return None
        return self.model.codec.encode(np.zeros((videos, horizon), np.int64), self.model.device)


def first_frames(scene: Scene, actions: NDArray[np.float64], size: int) -> NDArray[np.uint8]:
    """The scene with the ball of each valid action in it, uint8 (action, size, size, 3)."""
    return np.stack(
        [render(scene.with_balls((ball((x, y), radius),)), size=size) for x, y, radius in decode(actions).tolist()]
    )


def goal_test(name: str, model: WorldModel) -> GoalTest:
    """The test of a name: "contact" for colour adjacency in the frames, or one of the model's heads."""
    if name == "contact":
        return Contact()
    model.heads.named(name)
    return HeadTermination(name)
