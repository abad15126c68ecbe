"""What heads read: chosen frames of chosen videos, as pixels or as features."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from worldmodels.data.frames import to_float
from worldmodels.data.store import Episodes
from worldmodels.errors import MetricUnavailableError


class FrameInputs(Protocol):
    """Something about every frame of some videos of one length."""

    frames: int
    """Frames of each video."""
    identity: str
    """Stands for the content."""

    def __len__(self) -> int:
        """How many videos."""

    def take(self, videos: NDArray[np.int64], times: NDArray[np.int64]) -> Tensor:
        """Float (batch, frame, ...) of videos (batch,) at times (batch, frame)."""


class Pixels:
    """The frames themselves, (channel, height, width) each."""

    def __init__(self, episodes: Episodes) -> None:
        self.episodes = episodes
        self.frames = int(episodes.steps[0]) + 1
        self.identity = f"pixels {episodes_digest(episodes)}"
        self._first = np.asarray(episodes.records["frame"], np.int64)

    def __len__(self) -> int:
        return len(self.episodes)

    def take(self, videos: NDArray[np.int64], times: NDArray[np.int64]) -> Tensor:
        """Frames (batch, frame, channel, height, width) in [0, 1]."""
        return to_float(self.episodes.columns["frames"][self._first[videos][:, None] + times])


class Features:
    """Slots of every frame, (slot, feature) each, in memory or on disk.

    Args:
        values: (video, frame, slot, feature).
        identity: Stands for their content.
    """

    def __init__(self, values: NDArray[Any], identity: str) -> None:
        self.values, self.identity = values, identity
        self.frames = values.shape[1]
        self.shape: tuple[int, int] = (values.shape[2], values.shape[3])

    def __len__(self) -> int:
        return len(self.values)

    def take(self, videos: NDArray[np.int64], times: NDArray[np.int64]) -> Tensor:
        """Features (batch, frame, slot, feature)."""
        return torch.from_numpy(np.asarray(self.values[videos[:, None], times], np.float32))

    def moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean and standard deviation of each feature (feature,), read video by video."""
        count = np.prod(self.values.shape[:3])
        mean = sum(video.sum((0, 1), dtype=np.float64) for video in self.values) / count
        square = sum(((video - mean) ** 2).sum((0, 1)) for video in self.values) / count
        return mean, np.sqrt(square)


def true_positions(episodes: Episodes) -> Features:
    """Where every object truly is, hidden or not, as one vector for each frame; 0 for objects that are not there.

    Raises:
        MetricUnavailableError: where that was not recorded.
    """
    if "positions" not in episodes.schema.signals:
        raise MetricUnavailableError(f"it needs positions, which {episodes.folder} does not have.")
    positions = np.stack([episode.signals["positions"] for episode in episodes])
    values = np.nan_to_num(positions).reshape(*positions.shape[:2], 1, -1)
    return Features(values, f"positions {episodes_digest(episodes)}")


def episodes_digest(episodes: Episodes) -> str:
    """What stands for the content of episodes, by their checksums."""
    sums = np.ascontiguousarray(episodes.records["data"])
    return hashlib.sha256(sums.tobytes()).hexdigest()[:16]
