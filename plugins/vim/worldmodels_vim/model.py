"""VIM, Variational Independent Modules (Castrejon et al.; chapter 8 of the thesis): objects and the rules they obey."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from worldmodels.abilities import ModuleControl, ObjectCentric
from worldmodels.batch import Batch, incoming
from worldmodels.blocks import Inputs, SlotAttention, grid
from worldmodels.inputs import check_actions, check_frames
from worldmodels.losses import Losses
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Entries, Rollout, pack, stack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Group, Moment, Stage
from worldmodels.training.schedule import Piecewise
from worldmodels_vim.config import PRESETS, VIMConfig
from worldmodels_vim.decoder import BroadcastDecoder, PatchDecoder
from worldmodels_vim.encoder import Encoder, contrasts
from worldmodels_vim.painting import centres
from worldmodels_vim.roles import Roles
from worldmodels_vim.transition import Selection, Transition, categorical_kl, mix, pick, settle, soft_choice

FIRST = -1
"""Stands for the module that led to a first frame, and for none where a slot stayed."""

STILLS = "stills"
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

    Attributes:
        inner: Selections and updates between two frames; may be set, as `stays`.
        stays: Whether a slot that a module would bring no nearer to what it finds stays as it is.
        kind: The class of its transitions.
    """

    Config = VIMConfig
    presets = PRESETS
    weighted = True
    varying = ("slots", "modules")
    groups = (Group("autoencoder", ("encoder.", "attention.", "decoder.")), Group("transition", ("transition.",)))
    kind: ClassVar[type[Selection]] = Transition

    def __init__(self, spec: WorldSpec, config: VIMConfig | None = None) -> None:
        super().__init__(spec, config)
        c: VIMConfig = self.config
        self.inner, self.stays = c.inner, c.stays
        self.slot_count, self.module_count = c.slots, c.modules
        self.encoder = Encoder(spec.frame_shape, c)
        cells = grid(*self.encoder.shape) if c.placed else None
        self.attention = SlotAttention(
            c.channels, c.width, c.slots, cells=cells, iterations=c.iterations, start=c.start
        )
        self.decoder = (PatchDecoder if c.decoder == "patch" else BroadcastDecoder)(spec.frame_shape, c)
        self.transition = self.kind(c, self.codec.dim)
        self.roles = Roles(c.roles, c.width) if c.roles else None
        self.feature_dim = (c.roles or c.slots) * self.attention.width
        self.stages = _stages(c)

    def losses(self, batch: Batch, moment: Moment) -> Losses:
        """The evidence bound's terms a frame (section 8.3.3); of stills, the reconstruction alone."""
        if moment.stage == STILLS:
            return still_losses(self, batch)
        c, noise, actions, transition = self.config, Noise(), incoming(batch.actions), self.transition
        assert isinstance(transition, Transition)
        open_gate = gate(c, moment.progress)
        with torch.set_grad_enabled(torch.is_grad_enabled() and c.autoencoder_rate > 0):
            inputs = project(self.encoder, self.attention, batch.frames)
            slots = begin(self.attention, inputs[0], noise)
        seen, chosen, of_modules, of_updates = [slots], [], [], []
        for time in range(1, batch.frames.shape[1]):
            now, action = inputs[time], None if actions is None else actions[:, time]
            for _ in range(self.inner):
                # q(r_t | h_<t, x_t): a soft choice of the module that explains the frame best.
                candidates = transition.candidates(slots, action)
                found = transition.told(slots, self.attention.attend(now, slots)[0])
                posterior = transition.posterior(candidates, found)
                addition = mix(candidates.additions, soft_choice(posterior, noise))
                # q(z_t | r_t, x_t, z_<t): updates are held back at first, so that modules have to explain the moves,
                # and are paid for all along.
                q = transition.posterior_of_update(slots, addition, found)
                p = transition.prior_of_update(addition, candidates)
                slots = transition.follow(slots, addition, open_gate * q.rsample(noise))
                of_modules.append(categorical_kl(posterior, candidates.prior).sum(-1))
                of_updates.append(q.kl(p).sum((-1, -2)))
                chosen.append(posterior.argmax(-1))
            seen.append(slots)
        painted = self.decoder.frames(torch.stack(seen, 1).flatten(0, 1))
        error = squared_error(painted, batch)
        share = self.inner * (len(seen) - 1) / len(seen)  # the first frame has no divergence
        module_kl, update_kl = (share * self._mean(batch, parts) for parts in (of_modules, of_updates))
        total = error / (2 * c.variance) + c.module_weight * module_kl + c.update_weight * update_kl
        terms = {"reconstruction": error, "module_kl": module_kl, "update_kl": update_kl, "total": total}
        modules = torch.stack(chosen, -1).unflatten(-1, (-1, self.inner)).movedim(-2, 1)
        return Losses(terms, self._told_to_heads(followed(torch.stack(seen, 1), modules)))

    def _told_to_heads(self, rollout: Rollout) -> Rollout:
        """Roles learn to find what heads need; slots then owe heads nothing, and stay what pictures make them."""
        return rollout if self.roles is None else rollout.detach()

    def _mean(self, batch: Batch, divergences: list[Tensor]) -> Tensor:
        """Of divergences (batch,), `inner` of them for each frame after the first."""
        return batch.mean(torch.stack(divergences, 1).unflatten(1, (-1, self.inner)), first=1)

    def explain(self, frames: Tensor, actions: Tensor | None = None) -> Explanation:
        """The beliefs after every frame, by the most likely selections and the updates' means, and their KLs.

        Args:
            frames: (batch, time, channel, height, width), at least 2 of them.
            actions: (batch, time - 1, action).
        """
        check_frames(self, frames)
        actions = check_actions(self, actions, len(frames), frames.shape[1] - 1, frames.device)
        with self._gradients():
            rollout, divergences = self._filter(frames, incoming(actions), None, Noise(temperature=0.0))
        module_kl, update_kl = (torch.stack(parts, 1) for parts in zip(*divergences, strict=True))
        return Explanation(rollout, module_kl, update_kl)

    def reconstruct(self, frames: Tensor, explanation: Explanation) -> Tensor:
        """The frames as an explanation of them paints them, (batch, time, channel, height, width)."""
        return self.render(explanation.rollout)

    def slots(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Slot vectors (batch, [time,] slot, width)."""
        held = belief_or_rollout.beliefs if isinstance(belief_or_rollout, Rollout) else belief_or_rollout
        slots: Tensor = held["slots"]
        return slots

    def masks(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Each slot's share of each pixel (batch, [time,] slot, height, width), summing to 1 over slots."""
        return self._painted(belief_or_rollout, "masks").squeeze(-3)

    def positions(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Centres (batch, [time,] slot, 2) of the light that slots paint, as (x, y) in pixels."""
        return centres(self._painted(belief_or_rollout, "light"))

    def colours(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Mean colours (batch, [time,] slot, channel) of the light that slots paint; black of one that paints none."""
        return self._painted(belief_or_rollout, "mean_colours")

    def _painted(self, of: Belief | Rollout, part: str) -> Tensor:
        """One part of the painting of a belief or a rollout, (batch, [time,] slot, ...)."""
        slots = self.slots(of)
        with self._gradients():
            found: Tensor = getattr(self.decoder(slots.flatten(0, -3)), part)
            return found.view(slots.shape[:-1] + found.shape[2:])

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        return self._filter(frames, actions, belief, noise)[0]

    def _filter(
        self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise
    ) -> tuple[Rollout, list[tuple[Tensor, Tensor]]]:
        """Beliefs after every frame, and the KLs (batch, slot) of what led to each but a first one (section 8.3.2)."""
        transition, inputs = self.transition, project(self.encoder, self.attention, frames)
        assert isinstance(transition, Transition)
        over_time, divergences = [], []
        for time in range(frames.shape[1]):
            now, action = inputs[time], None if actions is None else actions[:, time]
            if belief is None:
                belief = first_belief(begin(self.attention, now, noise), self.inner)
                over_time.append(belief)
                continue
            slots, chosen, of_modules, of_updates = belief["slots"], [], [], []
            for _ in range(self.inner):
                candidates = transition.candidates(slots, action)
                found = transition.told(slots, self.attention.attend(now, slots)[0])
                posterior = transition.posterior(candidates, found)
                index = noise.categorical(posterior)
                addition = pick(candidates.additions, index, posterior)
                q = transition.posterior_of_update(slots, addition, found)
                p = transition.prior_of_update(addition, candidates)
                following = transition.follow(slots, addition, q.rsample(noise))
                moves = torch.ones_like(index, dtype=torch.bool)
                if self.stays:
                    left = transition.told(following, self.attention.attend(now, following)[0])
                    moves = transition.distance(left) < transition.distance(found)
                slots = torch.where(moves.unsqueeze(-1), following, slots)
                chosen.append(torch.where(moves, index, FIRST))
                of_modules.append(categorical_kl(posterior, candidates.prior) * moves)
                of_updates.append(q.kl(p).sum(-1) * moves)
            belief = pack({"slots": slots, "modules": torch.stack(chosen, -1)}, slots.shape[:1])
            over_time.append(belief)
            divergences.append((torch.stack(of_modules).sum(0), torch.stack(of_updates).sum(0)))
        return stack(over_time, self.varying, self.constant), divergences

    def _step(self, belief: Belief, action: Tensor | None, noise: Noise, modules: Tensor | None = None) -> Belief:
        """One imagined step, in which `modules` (batch, slot) overrule the prior where they are not -1."""
        transition, slots, chosen = self.transition, belief["slots"], []
        assert isinstance(transition, Transition)
        for _ in range(self.inner):
            candidates = transition.candidates(slots, action)
            index = noise.categorical(candidates.prior)
            index = index if modules is None else torch.where(modules == FIRST, index, modules)
            addition = pick(candidates.additions, index, candidates.prior)
            slots = transition.follow(slots, addition, transition.prior_of_update(addition, candidates).rsample(noise))
            chosen.append(index)
        return pack({"slots": slots, "modules": torch.stack(chosen, -1)}, slots.shape[:1])

    def _do_all(self, belief: Belief, modules: Tensor, noise: Noise) -> Belief:
        return self._step(belief, None, noise, modules)

    def _render(self, beliefs: Entries, constant: Entries) -> Tensor:
        slots = beliefs["slots"]
        frames = self.decoder.frames(slots.flatten(0, 1)).clamp(0, 1)
        return frames.view(slots.shape[:2] + frames.shape[1:])

    def _features(self, beliefs: Entries, constant: Entries) -> Tensor:
        slots = beliefs["slots"]
        features: Tensor = slots.flatten(2) if self.roles is None else self.roles(slots)
        return features


def still_losses(model: VIM, batch: Batch) -> Losses:
    """The reconstruction of a batch's frames, each by itself."""
    inputs = project(model.encoder, model.attention, batch.frames.flatten(0, 1).unsqueeze(1))
    slots = begin(model.attention, inputs[0], Noise())
    loss = squared_error(model.decoder.frames(slots), batch)
    seen = slots.unflatten(0, batch.frames.shape[:2])
    none = torch.full((len(seen), seen.shape[1] - 1, seen.shape[2], model.inner), FIRST, device=seen.device)
    terms = {"reconstruction": loss, "total": loss / (2 * model.config.variance)}
    return Losses(terms, model._told_to_heads(followed(seen, none)))


def squared_error(painted: Tensor, batch: Batch) -> Tensor:
    """Squared error of painted frames (batch x time, ...) summed over a frame, mean over frames."""
    errors = (painted - batch.frames.flatten(0, 1)).square().flatten(1).sum(1)
    return batch.mean(errors.unflatten(0, batch.frames.shape[:2]))


def gate(config: VIMConfig, progress: float) -> float:
    """How far updates are let in, by the share of the training on videos."""
    c = config
    share = (progress - c.stills) / (1 - c.stills)
    return Piecewise([(c.closed, 0.0), (c.closed + c.opening, 1.0)])(share) if c.closed + c.opening else 1.0


def first_belief(slots: Tensor, inner: int) -> Belief:
    """The belief after a first frame, to which no module led."""
    modules = torch.full((*slots.shape[:2], inner), FIRST, device=slots.device)
    return pack({"slots": slots, "modules": modules}, slots.shape[:1])


def followed(slots: Tensor, modules: Tensor) -> Rollout:
    """Beliefs of slots (batch, time, slot, width), and the modules (batch, time - 1, slot, inner) between them."""
    entries = {"slots": slots, "modules": F.pad(modules, (0, 0, 0, 0, 1, 0), value=FIRST)}
    last = {name: entry[:, -1] for name, entry in entries.items()}
    return Rollout(pack(entries, slots.shape[:2]), pack(last, slots.shape[:1]), pack({}, slots.shape[:1]))


def project(encoder: Encoder, attention: SlotAttention, frames: Tensor) -> list[Inputs]:
    """What slots compete for in each of frames (batch, time, ...): keys, values and votes (batch, cell, ...)."""
    flat = frames.flatten(0, 1)
    contrast = contrasts(flat, encoder.shape) if attention.start == "seeds" else None
    inputs = attention.project(encoder(flat), contrast).map(lambda part: part.view(frames.shape[:2] + part.shape[1:]))
    # All times at once: an index's gradient is as large as what it is taken from, at every time.
    over_time = ([None] * frames.shape[1] if part is None else part.unbind(1) for part in inputs)
    return [Inputs(*parts) for parts in zip(*over_time, strict=True)]


def begin(attention: SlotAttention, inputs: Inputs, noise: Noise) -> Tensor:
    """The slots (batch, slot, width) of a first frame."""
    return settle(attention(inputs, attention.first(inputs, noise)), attention.content)


def _stages(config: VIMConfig) -> tuple[Stage, ...]:
    """Stills for slot attention and decoder, then ever longer videos."""
    rates = {"autoencoder": config.autoencoder_rate}
    videos = tuple(Stage(f"videos of {length}", 1 - config.stills, length, rates) for length in config.lengths)
    stills = config.stills * len(config.lengths)
    return (Stage(STILLS, stills, STILL_LENGTH, {"transition": 0.0}), *videos) if stills else videos
