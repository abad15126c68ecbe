"""`worldmodels/CaterPlay-v0`: move the objects of a CATER scene and bring the snitch to a marked cell."""

from __future__ import annotations

import dataclasses
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from worldmodels_envs.cater.arena import LENGTH, ORDERS, Arena
from worldmodels_envs.cater.config import CaterConfig, resolve_config
from worldmodels_envs.cater.labels import CELLS, cell_centres, cell_of, objects_info
from worldmodels_envs.cater.renderer import Renderer
from worldmodels_envs.cater.scene import sample_scene
from worldmodels_envs.numbers import whole_numbers
from worldmodels_envs.rendering import check_render_mode
from worldmodels_envs.reset_options import option

Info = dict[str, Any]
Pose = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]


class CaterPlayEnv(gymnasium.Env[npt.NDArray[np.uint8], npt.NDArray[np.int64]]):
    """A CATER scene that the agent acts in.

    An action is (object, order, cell, other): which object does what (0 slide, 1 pick and place, 2 rotate,
    3 contain), to which of the 36 cells (slide, pick and place) or over which other object (contain). What is
    impossible changes nothing. The reward is 1, and the episode over, when the snitch rests in the cell that
    is marked green. `info` holds goal, cell (where the snitch is), objects (how many),
    positions (most objects, 3) and inside (most objects,), 0 and -1 beyond them, carried_out
    (whether the last action was possible) and busy (whether an action is still going on).

    Args:
        config: The scene and its pictures, or the name of one of `VARIANTS`; changes may follow as keywords.
        motion_frames: Steps that an action takes; while one is going on, further actions are ignored. With 1
            every step shows the scene after the action.
        render_mode: None or "rgb_array".
        **changes: Fields of `CaterConfig`.

    Raises:
        ValueError: An argument is out of range or unknown; a moving camera is not offered here.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 4}  # noqa: RUF012

    def __init__(
        self,
        config: CaterConfig | str = "all_actions",
        *,
        motion_frames: int = 1,
        render_mode: str | None = None,
        **changes: Any,
    ) -> None:
        check_render_mode(render_mode, self.metadata["render_modes"])
        if type(motion_frames) is not int or not 1 <= motion_frames < LENGTH:
            raise ValueError(f"motion_frames is {motion_frames!r:.80}, must be in 1..{LENGTH - 1}")
        self.config = dataclasses.replace(resolve_config(config, **changes), frames=1)
        if self.config.moving_camera:
            raise ValueError("CaterPlay has a still camera: choose a variant without camera motion")
        self.motion_frames, self.render_mode = motion_frames, render_mode
        most = self.config.max_objects
        self.action_space = spaces.MultiDiscrete([most, len(ORDERS), CELLS, most])
        self.observation_space = spaces.Box(0, 255, (self.config.height, self.config.width, 3), np.uint8)
        self._renderer = Renderer(self.config)
        self._arena: Arena | None = None
        self._coming: list[Pose] = []

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.uint8], Info]:
        """Draw a scene and a goal; options["goal"] chooses the cell."""
        super().reset(seed=seed)
        scene = sample_scene(self.np_random, self.config)
        self._arena, self._eye, self._coming = Arena(scene), scene.eyes[:1], []
        away = np.delete(np.arange(CELLS), cell_of(scene.places[0]))
        drawn = int(self.np_random.choice(away))
        self.goal = _cell(option(options, "goal", drawn))
        self._renderer.load(scene, cell_centres()[self.goal])
        self._draw((scene.places, self._arena.turns))
        return self._frame.copy(), self._info(scene.places, self._arena, carried_out=False)

    def step(self, action: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.uint8], float, bool, bool, Info]:
        """Act, or go on with the action that is going on; the time limit is that of `gymnasium.make`.

        Raises:
            gymnasium.error.ResetNeeded: There is no scene.
            gymnasium.error.InvalidAction: The action is not in the action space.
        """
        if self._arena is None:
            raise gymnasium.error.ResetNeeded("there is no scene: call reset() before step()")
        chosen = whole_numbers(action, (4,))
        if not self.action_space.contains(chosen):
            raise gymnasium.error.InvalidAction(f"action {action!r:.80} is not in {self.action_space}")
        idle = not self._coming
        if idle:
            self._coming = self._order(self._arena, *chosen.tolist())
        carried_out = bool(self._coming)
        places, turns = self._coming.pop(0) if carried_out else (self._arena.places, self._arena.turns)
        if carried_out:
            self._draw((places, turns))
        info = self._info(places, self._arena, carried_out=carried_out)
        won = not self._coming and info["cell"] == self.goal
        return self._frame.copy(), float(won), won, False, info

    def render(self) -> npt.NDArray[np.uint8] | None:
        """Return the current frame."""
        return None if self.render_mode is None or self._arena is None else self._frame.copy()

    def close(self) -> None:
        """End the renderer."""
        self._renderer.close()

    def _order(self, arena: Arena, thing: int, order: int, cell: int, other: int) -> list[Pose]:
        """Return the poses that the next steps show; none where the action is impossible."""
        course = arena.order(ORDERS[order], thing, cell_centres()[cell], other)
        if course is None:
            return []
        stops = np.linspace(0, LENGTH - 1, self.motion_frames + 1).round().astype(int)[1:]
        return [(course[0][stop], course[1][stop]) for stop in stops]

    def _draw(self, pose: Pose) -> None:
        places, turns = pose
        picture = next(self._renderer.render(places[None], turns[None], self._eye))
        self._frame = picture.frame

    def _info(self, places: npt.NDArray[np.float64], arena: Arena, *, carried_out: bool) -> Info:
        return {
            "goal": self.goal,
            "cell": int(cell_of(places[0])),
            **objects_info(places, arena.inside, self.config.max_objects),
            "carried_out": carried_out,
            "busy": bool(self._coming),
        }


def _cell(goal: Any) -> int:
    if isinstance(goal, bool) or not isinstance(goal, int | np.integer) or not 0 <= goal < CELLS:
        raise ValueError(f"goal is {goal!r:.80}, must be a cell from 0 to {CELLS - 1}")
    return int(goal)
