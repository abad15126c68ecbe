"""`ObjectCentric`, `Editable` and `Swappable`: scenes of objects, described and changed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from torch import Tensor

from worldmodels.camera import Camera
from worldmodels.edits import EDITS, Edit, slots_of
from worldmodels.errors import InputError
from worldmodels.inputs import check_choice
from worldmodels.model import WorldModel
from worldmodels.rollout import Belief, Rollout


class ObjectCentric(WorldModel):
    """Describes the world as objects in slots."""

    @abstractmethod
    def slots(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Slot vectors (batch, [time,] slot, feature)."""

    @abstractmethod
    def masks(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Each slot's share of each pixel (batch, [time,] slot, height, width), summing to 1 over slots."""

    @abstractmethod
    def positions(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Centres (batch, [time,] slot, 2) as (x, y) in pixels."""

    def places(self, belief_or_rollout: Belief | Rollout) -> Tensor | None:
        """Places (batch, [time,] slot, 3) in the world, where the model knows one; else `None`."""
        return None

    def camera(self, belief_or_rollout: Belief | Rollout) -> Camera | None:
        """What maps `places` to pixels, where there are places."""
        return None


class Editable(ObjectCentric):
    """Changes the believed scene. A model writes `_edit` for the kinds of edit that it knows.

    Attributes:
        edits: The kinds that it knows.
    """

    edits: ClassVar[tuple[type[Edit], ...]] = tuple(EDITS.values())

    def edit(self, belief: Belief, edits: Sequence[Edit]) -> Belief:
        """The belief after edits, one after the other; without any, the same.

        Raises:
            InputError: for an edit that this model does not know, or a slot that it has not.
        """
        slots = self.slots(belief).shape[-2]
        for change in edits:
            if not isinstance(change, self.edits):
                known = ", ".join(kind.__name__ for kind in self.edits)
                raise InputError(f"{type(self).__name__} cannot {type(change).__name__}; it knows {known}.")
            for slot in slots_of(change):
                check_choice("slot", slot, slots)
            belief = self._run_hook(self._edit, belief, change)
        return belief

    @abstractmethod
    def _edit(self, belief: Belief, edit: Edit) -> Belief: ...


class Swappable(WorldModel):
    """Takes what moves from one video and what it looks like from another."""

    @abstractmethod
    def swap_content(self, belief: Belief, content: Belief) -> Belief:
        """`belief` with the appearance of `content`."""
