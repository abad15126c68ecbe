"""One CATER-like video without its pictures: drawn from a seed and a number, in milliseconds."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from worldmodels_envs.cater.camera import project
from worldmodels_envs.cater.config import CaterConfig, resolve_config
from worldmodels_envs.cater.labels import cell_of
from worldmodels_envs.cater.scene import CaterScene, sample_scene
from worldmodels_envs.cater.schedule import Schedule
from worldmodels_envs.cater.timeline import Timeline


class Video(NamedTuple):
    """A video's ground truth.

    Fields: config; scene, the first frame; timeline, the course.
    """

    config: CaterConfig
    scene: CaterScene
    timeline: Timeline

    @property
    def label(self) -> int:
        """The cell of the snitch on the last frame, 0 to 35."""
        return int(cell_of(self.timeline.places[-1, 0]))

    def truth(self, frames: npt.NDArray[np.intp] | None = None) -> dict[str, npt.NDArray[Any]]:
        """Return the ground truth of some frames or all, padded to `max_objects` objects.

        Returns:
            positions (frames, objects, 3) float32, NaN where there is no object; pixels (frames, objects, 2)
            float32, x and y in px; turns (frames, objects) float32, radians; inside (frames, objects) int8,
            the object directly around or -1; camera (frames, 3) float32; radii (objects,) float32; label ().
        """
        frames = np.arange(len(self.timeline.places)) if frames is None else frames
        places, eyes = self.timeline.places[frames], self.scene.eyes[frames]
        pixels = project(places, eyes, self.config.height, self.config.width)[..., :2]
        return {
            "positions": self._pad(places.astype(np.float32), np.nan),
            "pixels": self._pad(pixels.astype(np.float32), np.nan),
            "turns": self._pad(self.timeline.turns[frames].astype(np.float32), 0.0),
            "inside": self._pad(self.timeline.inside[frames], -1),
            "camera": eyes.astype(np.float32),
            "radii": self._pad(self.scene.radii.astype(np.float32)[None], np.nan)[0],
            "label": np.array(self.label),
        }

    def _pad(self, values: npt.NDArray[Any], filler: float) -> npt.NDArray[Any]:
        missing = self.config.max_objects - values.shape[1]
        width = ((0, 0), (0, missing)) + ((0, 0),) * (values.ndim - 2)
        return np.pad(values, width, constant_values=filler)


def simulate(config: CaterConfig | str = "all_actions", seed: int = 0, index: int = 0) -> Video:
    """Draw one video; the same seed and number give the same video, whatever was drawn before."""
    return draw(np.random.default_rng((seed, index)), resolve_config(config))


def draw(rng: np.random.Generator, config: CaterConfig) -> Video:
    """Draw one video from a generator."""
    scene = sample_scene(rng, config)
    return Video(config, scene, Schedule(rng, scene, config.max_actions).run())
