"""`worldmodels/CaterSnitch-v0`: watch a video frame by frame and say in which cell the snitch will end."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from worldmodels_envs.cater.config import CaterConfig, resolve_config
from worldmodels_envs.cater.generation import kept_frames, visible_share
from worldmodels_envs.cater.labels import CELLS, cell_of, objects_info
from worldmodels_envs.cater.reader import CaterFolder
from worldmodels_envs.cater.renderer import Renderer
from worldmodels_envs.cater.video import draw
from worldmodels_envs.numbers import whole_numbers
from worldmodels_envs.rendering import check_render_mode
from worldmodels_envs.reset_options import option

WATCH = CELLS
Info = dict[str, Any]


class Showing(NamedTuple):
    """A video being played: how many frames, its answer, and the frames with their ground truth."""

    length: int
    label: int
    reel: Iterator[tuple[npt.NDArray[np.uint8], Info]]


class CaterSnitchEnv(gymnasium.Env[npt.NDArray[np.uint8], np.int64]):
    """A CATER video as an environment.

    Actions 0 to 35 guess the snitch's cell on the last frame and end the episode; 36 watches on. A right
    guess is worth 1 - delay_cost * (share of the video watched), a wrong one 0; watching on past the last
    frame ends the episode with 0. `info` holds the ground truth: label (the answer), frame, cell (where the
    snitch is now), objects (how many), positions (most objects, 3) and inside (most objects,), 0 and -1 beyond
    them, and for generated videos visibility, and mask (height, width) if asked for.

    Args:
        config: What to generate, or the name of one of `VARIANTS`; changes may follow as keywords.
        stride: Show every stride-th frame.
        delay_cost: What a right guess on the last frame costs, in [0, 1].
        masks: Whether `info` holds the segmentation mask.
        folder: Play the videos of this data set in CATER's format instead, resized to the frame size.
        split: Which list of that data set.
        render_mode: None or "rgb_array".
        **changes: Fields of `CaterConfig`.

    Raises:
        ValueError: An argument is out of range or unknown.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 24}  # noqa: RUF012

    def __init__(
        self,
        config: CaterConfig | str = "all_actions",
        *,
        stride: int = 1,
        delay_cost: float = 0.5,
        masks: bool = False,
        folder: str | Path | None = None,
        split: str = "train",
        render_mode: str | None = None,
        **changes: Any,
    ) -> None:
        if isinstance(delay_cost, bool) or not isinstance(delay_cost, int | float) or not 0 <= delay_cost <= 1:
            raise ValueError(f"delay_cost is {delay_cost!r:.80}, must be in 0..1")
        kept_frames(1, stride)
        check_render_mode(render_mode, self.metadata["render_modes"])
        self.config = resolve_config(config, **changes)
        self.stride, self.delay_cost, self.masks, self.render_mode = stride, delay_cost, masks, render_mode
        size = (self.config.height, self.config.width)
        self.videos = None if folder is None else CaterFolder(folder, split, size=size, stride=stride)
        self.action_space = spaces.Discrete(CELLS + 1)
        self.observation_space = spaces.Box(0, 255, (*size, 3), np.uint8)
        self._renderer = Renderer(self.config) if self.videos is None else None
        self._showing: Showing | None = None
        self._watched = 0
        self._frame: npt.NDArray[np.uint8] | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[np.uint8], Info]:
        """Show the first frame of another video; options["index"] chooses one of the folder's."""
        super().reset(seed=seed)
        self._showing = self._generate() if self.videos is None else self._open(self.videos, option(options, "index"))
        self._watched = 0
        return self._next(self._showing)

    def step(self, action: np.int64 | int) -> tuple[npt.NDArray[np.uint8], float, bool, bool, Info]:
        """Guess or watch on.

        Raises:
            gymnasium.error.ResetNeeded: No video is being shown.
            gymnasium.error.InvalidAction: The action is not in 0..36.
        """
        if self._showing is None or self._frame is None:
            raise gymnasium.error.ResetNeeded("no video is being shown: call reset() before step()")
        chosen = whole_numbers(action, ())
        if not self.action_space.contains(chosen[()]):
            raise gymnasium.error.InvalidAction(f"action {action!r:.80} is not in 0..{WATCH} ({WATCH} watches on)")
        showing = self._showing
        if chosen == WATCH and self._watched < showing.length:
            frame, info = self._next(showing)
            return frame, 0.0, False, False, info
        self._showing = None
        return self._frame.copy(), self._reward(int(chosen), showing), True, False, copy.deepcopy(self._info)

    def render(self) -> npt.NDArray[np.uint8] | None:
        """Return the frame that is being shown."""
        return None if self.render_mode is None or self._frame is None else self._frame.copy()

    def close(self) -> None:
        """End the renderer."""
        if self._renderer is not None:
            self._renderer.close()

    def _reward(self, action: int, showing: Showing) -> float:
        late = (self._watched - 1) / max(showing.length - 1, 1)
        return 1.0 - self.delay_cost * late if action == showing.label else 0.0

    def _next(self, showing: Showing) -> tuple[npt.NDArray[np.uint8], Info]:
        self._frame, truth = next(showing.reel)
        self._info = {"label": showing.label, "frame": self._watched * self.stride} | truth
        self._watched += 1
        return self._frame.copy(), copy.deepcopy(self._info)

    def _generate(self) -> Showing:
        assert self._renderer is not None
        video = draw(self.np_random, self.config)
        chosen = kept_frames(self.config.frames, self.stride)
        timeline, eyes = video.timeline, video.scene.eyes[chosen]
        self._renderer.load(video.scene)
        pictures = self._renderer.render(timeline.places[chosen], timeline.turns[chosen], eyes, masks=True)

        def reel() -> Iterator[tuple[npt.NDArray[np.uint8], Info]]:
            for number, picture in zip(chosen.tolist(), pictures, strict=True):
                places = timeline.places[number]
                info = _truth(places, timeline.inside[number], self.config.max_objects)
                seen = visible_share(np.array([picture.snitch]), places[:1], video.scene.eyes[[number]], self.config)
                info["visibility"] = float(seen[0])
                yield picture.frame, info | ({"mask": picture.mask} if self.masks else {})

        return Showing(len(chosen), video.label, reel())

    def _open(self, videos: CaterFolder, index: int | None) -> Showing:
        arrays = videos[int(self.np_random.integers(len(videos))) if index is None else index]
        there, most = np.isfinite(arrays["positions"][0, :, 0]), arrays["positions"].shape[1]
        truths = (
            _truth(places[there], inside[there], most)
            for places, inside in zip(arrays["positions"], arrays["inside"], strict=True)
        )
        return Showing(len(arrays["frames"]), int(arrays["label"]), zip(arrays["frames"], truths, strict=True))


def _truth(places: npt.NDArray[Any], inside: npt.NDArray[np.int8], most: int) -> Info:
    return {"cell": int(cell_of(places[0])), **objects_info(places, inside, most)}
