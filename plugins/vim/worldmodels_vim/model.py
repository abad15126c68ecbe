"""VIM, Variational Independent Modules (Castrejon et al.; chapter 8 of the thesis): objects and the rules they obey."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from worldmodels.abilities import ModuleControl, ObjectCentric
from worldmodels.batch import Batch, incoming
from worldmodels.blocks import Inputs, SlotAttention, grid
from worldmodels.inputs import check_actions, check_frames
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Entries, Rollout, pack, stack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Group, Moment, Stage
from worldmodels.training.schedule import Piecewise
from worldmodels_vim.config import PRESETS, VIMConfig
from worldmodels_vim.decoder import BroadcastDecoder, Painting, PatchDecoder
from worldmodels_vim.encoder import Encoder, contrasts
from worldmodels_vim.gaussian import kl
from worldmodels_vim.slot_views import centres, mean_colours, shining
from worldmodels_vim.transition import (
    Selection,
    Transition,
    categorical_kl,
    mix,
    pick,
    settle,
    soft_choice,
)

FIRST = -1
"""Stands for the module that led to a first frame, and for none where a slot stayed."""

STILLS = "stills"
GROUPS = (Group("autoencoder", ("encoder.", "attention.", "decoder.")), Group("transition", ("transition.",)))
STILL_LENGTH = 4
"""Frames of a clip that stand by themselves; for short ones, a step costs hardly less."""


class Explanation(NamedTuple):
    """What a model makes of videos.

    Attributes:
        rollout: The beliefs after every frame, batch size (batch, time).
        module_kl: KL of the selections that led to each frame but the first (batch, time - 1, slot), nats, summed
            over inner steps.
        update_kl: Of the updates likewise.
    """

    rollout: Rollout
    module_kl: Tensor
    update_kl: Tensor


class VIM(ObjectCentric, ModuleControl):
    """Objects in slots, each moved at each step by one of M modules that all slots share.

    A belief holds `slots` (batch, slot, width) and `modules` (batch, slot, inner), the modules that led to it, -1 at
    a first frame. Observing selects modules that explain the frame, imagining selects them by the prior, and `do`
    and `do_all` let others select them. Painting is left to `render` and `masks`.
    """

    Config = VIMConfig
    presets = PRESETS
    varying = ("slots", "modules")

    def __init__(self, spec: WorldSpec, config: VIMConfig | None = None) -> None:
        super().__init__(spec, config)
        c = self.config
        self.inner, self.stays = c.inner, c.stays
        self.slot_count, self.module_count, self.feature_dim = c.slots, c.modules, c.slots * c.width
        self.groups = (
            Group("autoencoder", ("encoder.", "attention.", "decoder.")),
            Group("transition", ("transition.",)),
        )
        self.stages = _stages(c)
        self.encoder = Encoder(spec.frame_shape, c)
        cells = grid(*self.encoder.shape) if c.placed else None
        self.attention = SlotAttention(
            c.channels, c.width, c.slots, cells=cells, iterations=c.iterations, start=c.start
        )
        self.decoder = (PatchDecoder if c.decoder == "patch" else BroadcastDecoder)(spec.frame_shape, c)
        self.transition = self._make_transition()

    def _make_transition(self) -> Selection:
        return Transition(self.config, self.codec.dim)

    def losses(self, batch: Batch, moment: Moment) -> dict[str, Tensor]:
        """The evidence bound's terms a frame (section 8.3.3); of stills, the reconstruction alone."""
        if moment.stage == STILLS:
            return self._still_losses(batch.frames.flatten(0, 1))
        return self._video_losses(batch, self._gate(moment.progress))

    def _still_losses(self, frames: Tensor) -> dict[str, Tensor]:
        slots = self._begin(at(self._project(frames.unsqueeze(1)), 0), Noise())
        loss = self._error(self.decoder(slots).frames, frames)
        return {"reconstruction": loss, "total": loss / (2 * self.config.variance)}

    def _video_losses(self, batch: Batch, gate: float) -> dict[str, Tensor]:
        c, noise, actions = self.config, Noise(), incoming(batch.actions)
        with torch.set_grad_enabled(torch.is_grad_enabled() and c.autoencoder_rate > 0):
            inputs = self._project(batch.frames)
            slots = self._begin(at(inputs, 0), noise)
        seen, of_modules, of_updates = [slots], [], []
        for time in range(1, batch.frames.shape[1]):
            for _ in range(self.inner):
                action = None if actions is None else actions[:, time]
                slots, *divergences = self._learn(slots, at(inputs, time), action, gate, noise)
                of_modules.append(divergences[0].sum(-1).mean())
                of_updates.append(divergences[1].sum(-1).mean())
            seen.append(slots)
        painted = self.decoder(torch.stack(seen, 1).flatten(0, 1)).frames
        error = self._error(painted, batch.frames.flatten(0, 1))
        module_kl, update_kl = torch.stack(of_modules).sum() / len(seen), torch.stack(of_updates).sum() / len(seen)
        total = error / (2 * c.variance) + c.module_weight * module_kl + c.update_weight * update_kl
        return {"reconstruction": error, "module_kl": module_kl, "update_kl": update_kl, "total": total}

    def _learn(
        self, slots: Tensor, inputs: Inputs, action: Tensor | None, gate: float, noise: Noise
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Slots after a soft selection and an update let in by `gate`, and the KLs (batch, slot) of both."""
        candidates, found = self.transition.candidates(slots, action), self._look(inputs, slots)
        posterior = self.transition.posterior(candidates, found)
        addition = mix(candidates.additions, soft_choice(posterior, noise))
        q = self.transition.posterior_of_update(slots, addition, found)
        p = self.transition.prior_of_update(addition, candidates)
        following = self.transition.follow(slots, addition, gate * noise.gaussian(*q))
        return following, categorical_kl(posterior, candidates.prior), kl(q, p)

    def _gate(self, progress: float) -> float:
        """How far updates are let in, by the share of the training on videos."""
        c = self.config
        share = (progress - c.stills) / (1 - c.stills)
        return Piecewise([(c.closed, 0.0), (c.closed + c.opening, 1.0)])(share) if c.closed + c.opening else 1.0

    def explain(self, frames: Tensor, actions: Tensor | None = None) -> Explanation:
        """The beliefs after every frame, by the most likely selections and the updates' means, and their KLs.

        Args:
            frames: (batch, time, channel, height, width), at least 2 of them.
            actions: (batch, time - 1, action).
        """
        check_frames(self, frames)
        actions = check_actions(self, actions, len(frames), frames.shape[1] - 1, frames.device)
        with self._gradients():
            rollout, divergences = self._follow(frames, incoming(actions), None, Noise(temperature=0.0))
        module_kl, update_kl = (torch.stack(parts, 1) for parts in zip(*divergences, strict=True))
        return Explanation(rollout, module_kl, update_kl)

    def reconstruct(self, frames: Tensor, explanation: Explanation) -> Tensor:
        """The frames as an explanation of them paints them, (batch, time, channel, height, width)."""
        return self.render(explanation.rollout)

    def _do_all(self, belief: Belief, modules: Tensor, noise: Noise) -> Belief:
        return self._go(belief, None, noise, modules)

    def slots(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Slot vectors (batch, [time,] slot, width)."""
        held = belief_or_rollout.beliefs if isinstance(belief_or_rollout, Rollout) else belief_or_rollout
        slots: Tensor = held["slots"]
        return slots

    def masks(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Each slot's share of each pixel (batch, [time,] slot, height, width), summing to 1 over slots."""
        slots = self.slots(belief_or_rollout)
        with self._gradients():
            return self._paint(slots).masks.squeeze(2).unflatten(0, slots.shape[:-2])

    def positions(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Centres (batch, [time,] slot, 2) of the light that slots paint, as (x, y) in pixels."""
        slots = self.slots(belief_or_rollout)
        with self._gradients():
            return centres(shining(self._paint(slots))).unflatten(0, slots.shape[:-2])

    def colours(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Mean colours (batch, [time,] slot, channel) of the light that slots paint; black of one that paints none."""
        slots = self.slots(belief_or_rollout)
        with self._gradients():
            return mean_colours(self._paint(slots)).unflatten(0, slots.shape[:-2])

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        return self._follow(frames, actions, belief, noise)[0]

    def _follow(
        self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise
    ) -> tuple[Rollout, list[tuple[Tensor, Tensor]]]:
        """Beliefs after every frame, and the KLs (batch, slot) of each step between them."""
        inputs, over_time, divergences = self._project(frames), [], []
        for time in range(frames.shape[1]):
            now, action = at(inputs, time), None if actions is None else actions[:, time]
            if belief is None:
                slots = self._begin(now, noise)
                belief = self._belief(slots, torch.full((*slots.shape[:2], self.inner), FIRST, device=slots.device))
            else:
                belief, *cost = self._filter(belief, now, action, noise)
                divergences.append((cost[0], cost[1]))
            over_time.append(belief)
        return stack(over_time, self.varying, self.constant), divergences

    def _filter(
        self, belief: Belief, inputs: Inputs, action: Tensor | None, noise: Noise
    ) -> tuple[Belief, Tensor, Tensor]:
        """The belief after one frame, and the KLs (batch, slot) of what led to it."""
        slots, chosen, costs = belief.get("slots"), [], []
        for _ in range(self.inner):
            candidates, found = self.transition.candidates(slots, action), self._look(inputs, slots)
            posterior = self.transition.posterior(candidates, found)
            index = noise.categorical(posterior)
            addition = pick(candidates.additions, index, posterior)
            q = self.transition.posterior_of_update(slots, addition, found)
            p = self.transition.prior_of_update(addition, candidates)
            following, cost = self.transition.follow(slots, addition, noise.gaussian(*q)), kl(q, p)
            moves = self._comes_nearer(inputs, found, following)
            slots = torch.where(moves.unsqueeze(-1), following, slots)
            chosen.append(torch.where(moves, index, FIRST))
            costs.append((categorical_kl(posterior, candidates.prior) * moves, cost * moves))
        of_modules, of_updates = (torch.stack(parts).sum(0) for parts in zip(*costs, strict=True))
        return self._belief(slots, torch.stack(chosen, -1)), of_modules, of_updates

    def _comes_nearer(self, inputs: Inputs, found: Tensor, following: Tensor) -> Tensor:
        """Whether each slot moves (batch, slot): all do, or those that come nearer to what they find."""
        if not self.stays:
            return torch.ones(found.shape[:-1], dtype=torch.bool, device=found.device)
        distance = self.transition.distance
        return distance(self._look(inputs, following)) < distance(found)

    def _step(self, belief: Belief, action: Tensor | None, noise: Noise) -> Belief:
        return self._go(belief, action, noise, None)

    def _go(self, belief: Belief, action: Tensor | None, noise: Noise, modules: Tensor | None) -> Belief:
        """One imagined step, in which `modules` (batch, slot) overrule the prior where they are not -1."""
        slots, chosen = belief.get("slots"), []
        for _ in range(self.inner):
            candidates = self.transition.candidates(slots, action)
            index = noise.categorical(candidates.prior)
            index = index if modules is None else torch.where(modules == FIRST, index, modules)
            addition = pick(candidates.additions, index, candidates.prior)
            update = noise.gaussian(*self.transition.prior_of_update(addition, candidates))
            slots = self.transition.follow(slots, addition, update)
            chosen.append(index)
        return self._belief(slots, torch.stack(chosen, -1))

    def _render(self, beliefs: Entries, constant: Entries) -> Tensor:
        slots = beliefs.get("slots")
        return self._paint(slots).frames.clamp(0, 1).unflatten(0, slots.shape[:2])

    def _features(self, beliefs: Entries, constant: Entries) -> Tensor:
        slots: Tensor = beliefs.get("slots")
        return slots.flatten(2)

    def _paint(self, slots: Tensor) -> Painting:
        """The painting of slots (..., slot, width), leading axes flattened."""
        return self.decoder(slots.flatten(0, -3))

    def _project(self, frames: Tensor) -> Inputs:
        """Keys, values and votes (batch, time, cell, ...)."""
        flat = frames.flatten(0, 1)
        contrast = contrasts(flat, self.encoder.shape) if self.config.start == "seeds" else None
        parts = self.attention.project(self.encoder(flat), contrast)
        return Inputs(*(None if part is None else part.unflatten(0, frames.shape[:2]) for part in parts))

    def _begin(self, inputs: Inputs, noise: Noise) -> Tensor:
        return settle(self.attention(inputs, self.attention.first(inputs, noise)), self.config.width)

    def _look(self, inputs: Inputs, slots: Tensor) -> Tensor:
        """What each slot is told of a frame (batch, slot, width)."""
        return self.transition.told(slots, self.attention.attend(inputs, slots)[0])

    def _belief(self, slots: Tensor, modules: Tensor) -> Belief:
        return pack({"slots": slots, "modules": modules}, slots.shape[:1])

    def _error(self, painted: Tensor, frames: Tensor) -> Tensor:
        """Squared error summed over a frame, mean over frames."""
        return (painted - frames).square().flatten(1).sum(1).mean()


def _stages(config: VIMConfig) -> tuple[Stage, ...]:
    """Stills for slot attention and decoder, then ever longer videos."""
    rates = {"autoencoder": config.autoencoder_rate}
    videos = tuple(Stage(f"videos of {length}", 1 - config.stills, length, rates) for length in config.lengths)
    stills = config.stills * len(config.lengths)
    return (Stage(STILLS, stills, STILL_LENGTH, {"transition": 0.0}), *videos) if stills else videos


def at(inputs: Inputs, time: int) -> Inputs:
    """The inputs (batch, cell, ...) of one time."""
    return Inputs(*(None if part is None else part[:, time] for part in inputs))
