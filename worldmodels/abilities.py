"""Abilities beyond the contract; a model has one if `isinstance(model, Ability)` says so."""

from __future__ import annotations

from typing import Any, Literal, Protocol, runtime_checkable

import torch
from torch import Tensor

from worldmodels.rollout import Belief, Rollout


@runtime_checkable
class Jumpy(Protocol):
    """Imagines any time without those before it."""

    def imagine_at(self, belief: Belief, times: Tensor, actions: Tensor | None = None) -> Rollout:
        """Beliefs at `times` (batch, query), in frames after the belief, at least 1."""


@runtime_checkable
class Likelihood(Protocol):
    """Scores videos."""

    likelihood: Literal["exact", "lower bound"]

    def log_prob(self, frames: Tensor, actions: Tensor | None = None) -> Tensor:
        """Log probability (batch,) of the frames in nats, exact or a bound as `likelihood` says."""


@runtime_checkable
class ObjectCentric(Protocol):
    """Describes the world as objects in slots."""

    def slots(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Slot vectors (batch, [time,] slot, feature)."""

    def masks(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Each slot's share of each pixel (batch, [time,] slot, height, width), summing to 1 over slots."""

    def positions(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Centres (batch, [time,] slot, 2) as (x, y) in pixels."""


@runtime_checkable
class Editable(Protocol):
    """Changes the believed scene."""

    def edit(self, belief: Belief, **changes: Any) -> Belief:
        """The belief after adding, removing, swapping, moving or scaling objects, or moving the camera."""


@runtime_checkable
class ModuleControl(Protocol):
    """Lets one choose which rule moves which object."""

    slot_count: int
    module_count: int

    def do(
        self,
        belief: Belief,
        slot: Tensor,
        module: Tensor,
        *,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> Belief:
        """One step in which slot (batch,) applies module (batch,) < `module_count`; the others go their own way."""

    def do_all(
        self,
        belief: Belief,
        modules: Tensor,
        *,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> Belief:
        """One step in which each slot applies its module (batch, slot), or goes its own way where that is -1."""


@runtime_checkable
class FrameRate(Protocol):
    """Imagines at another frame rate than it was trained at."""

    intervals: tuple[float, ...]
    """The frame intervals `dt` that it can imagine at, in trained frame intervals."""

    def imagine(
        self,
        belief: Belief,
        actions: Tensor | None = None,
        *,
        horizon: int | None = None,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
        dt: float = 1.0,
    ) -> Rollout:
        """As the contract's `imagine`, with `round(1 / dt)` beliefs for each trained frame interval."""


@runtime_checkable
class Swappable(Protocol):
    """Takes what moves from one video and what it looks like from another."""

    def swap_content(self, belief: Belief, content: Belief) -> Belief:
        """`belief` with the appearance of `content`."""


@runtime_checkable
class Cascade(Protocol):
    """Renders at several resolutions."""

    levels: int

    def render(self, belief_or_rollout: Belief | Rollout, level: int = -1) -> Tensor:
        """Frames at one level, the last being the full resolution."""


ABILITIES: dict[str, type] = {
    ability.__name__: ability
    for ability in (Jumpy, Likelihood, ObjectCentric, Editable, ModuleControl, FrameRate, Swappable, Cascade)
}


def abilities(cls: type) -> list[str]:
    """The names of the abilities that a model class has; data members count as class attributes."""
    return [name for name, ability in ABILITIES.items() if all(hasattr(cls, m) for m in _members(ability))]


def _members(ability: type) -> set[str]:
    return {name for name in (*vars(ability), *ability.__annotations__) if not name.startswith("_")}
