"""Abilities beyond the contract. A model declares one by subclassing it; `isinstance(model, Ability)` asks."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor

from worldmodels.batch import incoming
from worldmodels.camera import Camera
from worldmodels.edits import EDITS, Edit, slots_of
from worldmodels.errors import InputError
from worldmodels.inputs import check_actions, check_choice, check_frames, check_times, describe
from worldmodels.model import WorldModel
from worldmodels.noise import Noise
from worldmodels.rendering import render_in_chunks
from worldmodels.rollout import Belief, Entries, Rollout


class AnyTime(WorldModel):
    """Imagines at any time, fractions of a frame included. A model writes `_imagine_at`.

    Attributes:
        sparse: Whether it learns on clips whose frames do not follow one another (`Batch.times`).
    """

    sparse: bool = False

    def imagine_at(
        self,
        belief: Belief,
        times: Tensor,
        actions: Tensor | None = None,
        *,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> Rollout:
        """Beliefs at times of one future; the order of the times changes nothing but the order of the answers.

        Args:
            belief: Where to begin, batch size (batch,).
            times: (batch, query), in frames after the belief, above 0; not only whole numbers.
            actions: (batch, steps, action), at least as many steps as the latest time.
            generator: Where all randomness comes from.
            temperature: Scales the noise of every latent; 0 means the means.

        Returns:
            The beliefs at the times, in their order; `last` is the belief at the latest one.

        Raises:
            InputError: for wrong shapes, or times that are not above 0 or that the actions do not reach.
        """
        batch = int(belief.batch_size[0])
        times = check_times(self, times, actions, batch)
        steps = math.ceil(float(times.max())) if actions is None or actions.ndim != 3 else actions.shape[1]
        actions = check_actions(self, actions, batch, steps, belief.device)
        rollout: Rollout = self._run_hook(self._imagine_at, belief, times, actions, Noise(generator, temperature))
        return rollout

    @abstractmethod
    def _imagine_at(self, belief: Belief, times: Tensor, actions: Tensor | None, noise: Noise) -> Rollout: ...

    def _imagine(self, belief: Belief, actions: Tensor | None, horizon: int, noise: Noise) -> Rollout:
        times = torch.arange(1, horizon + 1, dtype=self.dtype, device=self.device)
        times = times.expand(int(belief.batch_size[0]), -1)
        return self._imagine_at(belief, times, actions, noise)


class LogProb(NamedTuple):
    """How probable a model holds videos.

    Attributes:
        nats: (batch,) log probability, or a bound on it: of a density over frames in [0, 1], or for `levels` of 1 of
            the frames as they are.
        numbers: How many numbers of a video were scored.
        exact: Whether it is exact; else it is a lower bound.
        levels: The grey levels of the frames, which a density is spread over: 256 for bytes.
        dequantised: Whether frames were spread evenly over their grey levels by noise, so that the density bounds the
            probability of the levels; else it was read at the levels' own values.
    """

    nats: Tensor
    numbers: int
    exact: bool
    levels: int = 256
    dequantised: bool = False

    @property
    def bits(self) -> Tensor:
        """Bits for each number (batch,), at `levels` grey levels."""
        return math.log2(self.levels) - self.nats / (self.numbers * math.log(2))


class Likelihood(WorldModel):
    """Scores videos. A model writes `_log_prob`.

    Attributes:
        least_context: How many frames it needs before the first that it scores.
    """

    least_context: int = 1

    def log_prob(
        self,
        frames: Tensor,
        actions: Tensor | None = None,
        *,
        context: int | None = None,
        samples: int = 1,
        generator: torch.Generator | None = None,
    ) -> LogProb:
        """Log probability of the frames after the context, given the context and the actions.

        Args:
            frames: (batch, time, channel, height, width).
            actions: (batch, time - 1, action).
            context: How many frames are given and not scored; `None` for `least_context`.
            samples: Draws of latents, where it is a bound; more make it tighter.
            generator: Where all randomness comes from.

        Raises:
            InputError: for wrong shapes, fewer than `least_context` frames of context, or none to score.
        """
        context = self.least_context if context is None else context
        actions = self._check_scored(frames, actions, context)
        if samples < 1:
            raise InputError(f"samples={samples} given; at least 1 draw is needed.")
        scored: LogProb = self._run_hook(self._log_prob, frames, actions, context, samples, Noise(generator))
        return scored

    @abstractmethod
    def _log_prob(
        self, frames: Tensor, actions: Tensor | None, context: int, samples: int, noise: Noise
    ) -> LogProb: ...

    def _check_scored(self, frames: Tensor, actions: Tensor | None, context: int) -> Tensor | None:
        """The actions (batch, time, action) that lead into each frame, of a clip that can be scored."""
        check_frames(self, frames)
        time = frames.shape[1]
        if not self.least_context <= context < time:
            raise InputError(
                f"videos of {time} frames with {context} of context given; {type(self).__name__} needs at least "
                f"{self.least_context} of context and one frame more to score."
            )
        return incoming(check_actions(self, actions, len(frames), time - 1, frames.device))


@dataclass(frozen=True)
class Bound:
    """The parts of an evidence bound from one draw of the latents, in nats.

    Attributes:
        log_likelihood: (batch,) of the frames that are scored.
        loss: (batch,) its opposite without the density's constant, as papers report it.
        divergences: By the name of a level of latents, its KL (batch, time, channel, ...).
    """

    log_likelihood: Tensor
    loss: Tensor
    divergences: Mapping[str, Tensor]


class Evidence(Likelihood):
    """Takes its evidence bound apart. A model writes `_evidence`."""

    def evidence(
        self, frames: Tensor, actions: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Bound:
        """The bound's parts, of the frames after `least_context`; arguments and errors as `log_prob` has them."""
        actions = self._check_scored(frames, actions, self.least_context)
        bound: Bound = self._run_hook(self._evidence, frames, actions, Noise(generator))
        return bound

    @abstractmethod
    def _evidence(self, frames: Tensor, actions: Tensor | None, noise: Noise) -> Bound: ...


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


class ModuleControl(WorldModel):
    """Lets one choose which rule moves which object.

    Attributes:
        slot_count: How many objects there are.
        module_count: How many rules.
    """

    slot_count: int
    module_count: int

    def do(self, belief: Belief, slot: Tensor, module: Tensor, **options: Any) -> Belief:
        """One step in which slot (batch,) applies module (batch,); the others go their own way.

        Args:
            belief: Batch size (batch,).
            slot: Which slot.
            module: Which module, below `module_count`.
            **options: `generator` and `temperature`, as `do_all` has them.
        """
        modules = torch.full((len(slot), self.slot_count), -1, device=slot.device)
        return self.do_all(belief, modules.scatter(1, slot.unsqueeze(1), module.unsqueeze(1)), **options)

    def do_all(
        self,
        belief: Belief,
        modules: Tensor,
        *,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> Belief:
        """One step in which each slot applies a module of its own.

        Args:
            belief: Batch size (batch,).
            modules: (batch, slot), each below `module_count`; a slot with -1 goes its own way.
            generator: Where all randomness comes from.
            temperature: Scales it; 0 means the most likely.

        Raises:
            InputError: for modules of another shape, or that are not there.
        """
        wanted = (*belief.batch_size, self.slot_count)
        if modules.shape != wanted or not (modules >= -1).all() or not (modules < self.module_count).all():
            raise InputError(
                f"modules {describe(modules)} given; they must be {wanted}, from 0 to {self.module_count - 1}, or -1 "
                "for the slot's own."
            )
        after: Belief = self._run_hook(self._do_all, belief, modules, Noise(generator, temperature))
        return after

    @abstractmethod
    def _do_all(self, belief: Belief, modules: Tensor, noise: Noise) -> Belief: ...


class Swappable(WorldModel):
    """Takes what moves from one video and what it looks like from another."""

    @abstractmethod
    def swap_content(self, belief: Belief, content: Belief) -> Belief:
        """`belief` with the appearance of `content`."""


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


ABILITIES: dict[str, type[WorldModel]] = {
    ability.__name__: ability
    for ability in (AnyTime, Likelihood, Evidence, ObjectCentric, Editable, ModuleControl, Swappable, Cascade)
}


def abilities(cls: type) -> list[str]:
    """The names of the abilities that a model class declares."""
    return [name for name, ability in ABILITIES.items() if issubclass(cls, ability)]
