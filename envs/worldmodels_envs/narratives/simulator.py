"""Many stories, told together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from worldmodels_envs.narratives.config import VARIANTS, NarrativesConfig
from worldmodels_envs.narratives.drawing import draw_frames, patch_reach
from worldmodels_envs.narratives.story import (
    PALETTE,
    Floats,
    Story,
    colours_at,
    draw_stories,
    instances_at,
    positions_at,
)
from worldmodels_envs.simulator import Info, Rows, Simulator


class NarrativesSimulator(Simulator):
    """Many stories, told together; the world is action-free.

    Args:
        config: The world.
        count: How many stories run at once.
    """

    variants = VARIANTS

    def __init__(self, config: NarrativesConfig, count: int) -> None:
        super().__init__(config, count)
        self.action_space = spaces.Discrete(1)
        self.frame_shape = (config.size, config.size, 3)
        self.story = draw_stories(config, np.random.default_rng(0), count)
        self.clock = np.zeros(count)

    def reset(self, rng: np.random.Generator, rows: Rows | None = None) -> None:
        """Start new stories, in all rows or in some."""
        rows = np.arange(self.count) if rows is None else rows
        for mine, new in zip(self.story, draw_stories(self.config, rng, len(rows)), strict=True):
            mine[rows] = new
        self.clock[rows] = 0

    def step(
        self, rng: np.random.Generator, actions: npt.NDArray[np.intp] | None = None
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Let every story go on; there is no reward and no end, and the only action does nothing."""
        self.clock += 1
        return np.zeros(self.count), np.zeros(self.count, dtype=np.bool_)

    def look(self, rows: Rows | None = None) -> tuple[npt.NDArray[np.uint8], Info]:
        """Return the frames and the ground truth of all rows or some.

        Returns:
            Frames uint8 (rows, size, size, 3); `positions` float32 (rows, shapes, 2) in px as (x, y), shape 0 being
            the one that moves; `kinds`, `radii` and `colours` (rows, shapes), indices into `KINDS`, the
            configuration's radii and the palette, whose last is white; `order` (rows, visits), which shapes are
            moved to in turn; `instances` (rows,), how many courses fit what was seen so far.
        """
        rows = np.arange(self.count) if rows is None else rows
        return _describe(self.config, self.story.take(rows), self.clock[rows])


def _describe(config: NarrativesConfig, story: Story, times: Floats) -> tuple[npt.NDArray[np.uint8], Info]:
    """Return frames and ground truth of stories at times (stories,), in frames after the first."""
    positions, colours = positions_at(config, story, times), colours_at(config, story, times)
    radii = np.array(config.radii)[story.radii] * config.size
    reach = patch_reach(config.radii, config.size)
    frames = draw_frames(story.kinds, radii, positions, PALETTE[colours], config.size, reach)
    names = {"kinds": story.kinds, "radii": story.radii, "colours": colours, "order": story.order}
    truth: Info = {name: values.astype(np.uint8) for name, values in names.items()}
    truth |= {"positions": positions.astype(np.float32), "instances": instances_at(config, times).astype(np.int64)}
    return frames, truth
