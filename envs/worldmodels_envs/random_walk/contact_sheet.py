"""A contact sheet of the variants and of the task."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from worldmodels_envs.random_walk.config import VARIANTS
from worldmodels_envs.random_walk.reach import RandomWalkReachEnv, greedy_actions
from worldmodels_envs.random_walk.simulator import RandomWalkSimulator
from worldmodels_envs.rendering import enlarge

_GAP_COLOUR = 90


def contact_sheet(frames: int = 10, seed: int = 0, scale: int = 3) -> npt.NDArray[np.uint8]:
    """Return a picture (height, width, 3): a row for each of `VARIANTS`, in order, then a solved task."""
    rows = [RandomWalkSimulator.generate(name, 1, frames, seed, masks=False)["frames"][0] for name in VARIANTS]
    rows.append(_solved_task(frames, seed))
    return _mount(enlarge(np.stack(rows), scale))


def _solved_task(frames: int, seed: int) -> npt.NDArray[np.uint8]:
    env = RandomWalkReachEnv(masks=False)
    frame, info = env.reset(seed=seed)
    seen = [frame]
    while len(seen) < frames and not info["is_success"]:
        frame, _, _, _, info = env.step(int(greedy_actions(info)))
        seen.append(frame)
    return np.stack(seen + [seen[-1]] * (frames - len(seen)))


def _mount(tiles: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Lay tiles (rows, columns, height, width, 3) out on grey with a gap of 2 px."""
    padding = ((0, 0), (0, 0), (1, 1), (1, 1), (0, 0))
    framed = np.pad(tiles, padding, constant_values=_GAP_COLOUR)
    rows, columns, height, width, _ = framed.shape
    return framed.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, 3)
