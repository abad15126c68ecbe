"""`Cascade`: the same beliefs, coarse or fine."""

from __future__ import annotations

from abc import abstractmethod
from typing import NamedTuple

from torch import Tensor

from worldmodels.errors import InputError
from worldmodels.model import WorldModel
from worldmodels.rendering import render_in_chunks
from worldmodels.rollout import Belief, Entries, Rollout


class Level(NamedTuple):
    """One level of a cascade.

    Attributes:
        size: (height, width) of its frames.
        rate: How many of them there are for each belief.
    """

    size: tuple[int, int]
    rate: int = 1


class Cascade(WorldModel):
    """Renders at several levels, each finer or faster than the one before; the last is the world's own.

    A model writes `_render_level`; `render_context` is in beliefs.

    Attributes:
        levels: What they give.
    """

    levels: tuple[Level, ...]

    def render(self, belief_or_rollout: Belief | Rollout, level: int = -1) -> Tensor:
        """Frames of a belief or a rollout at one level; below the last nothing of the others is computed.

        Returns:
            (batch, rate x time, channel, height, width); of a belief at a level of rate 1, without the time.

        Raises:
            InputError: for a level that is not there.
        """
        count = len(self.levels)
        if not -count <= level < count:
            raise InputError(f"level {level} given; there are {count}, from 0 to {count - 1} or -1 for the last.")
        number = level % count

        def hook(beliefs: Entries, constant: Entries) -> Tensor:
            return self._render_level(beliefs, constant, number)

        rate = self.levels[number].rate
        if isinstance(belief_or_rollout, Rollout):
            settings = (belief_or_rollout, self.render_context, self.render_frames, rate)
            whole: Tensor = self._run_hook(render_in_chunks, hook, *settings)
            return whole
        frames = self._read_at(hook, belief_or_rollout)
        return frames

    @abstractmethod
    def _render_level(self, beliefs: Entries, constant: Entries, level: int) -> Tensor:
        """Frames (batch, rate x time, channel, height, width) in [0, 1] at a level, as `_render` has them."""

    def _render(self, beliefs: Entries, constant: Entries) -> Tensor:
        return self._render_level(beliefs, constant, len(self.levels) - 1)
