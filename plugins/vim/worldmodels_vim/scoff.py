"""SCOFF (Goyal et al., 2020), VIM's baseline: the same objects and modules, and no latent variables."""

from __future__ import annotations

import torch
from torch import Tensor

from worldmodels.batch import Batch, incoming
from worldmodels.losses import Losses
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Rollout, pack, stack
from worldmodels.stages import Moment
from worldmodels_vim.model import (
    FIRST,
    STILLS,
    VIM,
    Explanation,
    begin,
    first_belief,
    project,
    squared_error,
    still_losses,
)
from worldmodels_vim.transition import Selection, mix, pick, settle, soft_choice


class SCOFF(VIM):
    """Slots moved by modules that each slot selects by itself (the thesis' section 8.B); with one module, RIM.

    Slots read a frame by a round of slot attention, select a module by their own query, and the result is painted as
    the next frame: a guess of what follows, which for a walk at random is its mean. A belief after a frame holds the
    slots that have read it.
    """

    kind = Selection

    def losses(self, batch: Batch, moment: Moment) -> Losses:
        """The squared error of each frame as it is predicted from the one before; of stills, of their own painting."""
        if moment.stage == STILLS:
            return still_losses(self, batch)
        noise, inputs, actions = Noise(), project(self.encoder, self.attention, batch.frames), incoming(batch.actions)
        slots = begin(self.attention, inputs[0], noise)
        seen = [slots]
        for time in range(1, batch.frames.shape[1]):
            for _ in range(self.inner):
                candidates = self.transition.candidates(slots, None if actions is None else actions[:, time])
                addition = mix(candidates.additions, soft_choice(candidates.prior, noise))
                slots = self.transition.follow(slots, addition)
            seen.append(slots)
            slots = settle(self.attention.update(inputs[time], slots), self.config.width)
        painted = self.decoder.frames(torch.stack(seen, 1).flatten(0, 1))
        error = squared_error(painted, batch)
        return Losses({"reconstruction": error, "total": error / (2 * self.config.variance)})

    def reconstruct(self, frames: Tensor, explanation: Explanation) -> Tensor:
        """The first frame painted, and each other one predicted from the true frame before it (Table 8.4)."""
        beliefs = explanation.rollout.beliefs
        first = self.render(explanation.rollout.at(0))
        if frames.shape[1] == 1:
            return first
        predicted = self.render(self.step(beliefs[:, :-1].flatten(0, 1), temperature=0.0))
        return torch.cat([first, predicted.view(len(frames), -1, *predicted.shape[1:])], 1)

    def _filter(
        self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise
    ) -> tuple[Rollout, list[tuple[Tensor, Tensor]]]:
        """Beliefs after every frame; divergences are 0, as nothing is drawn."""
        inputs, over_time, divergences = project(self.encoder, self.attention, frames), [], []
        for time in range(frames.shape[1]):
            now = inputs[time]
            if belief is None:
                belief = first_belief(begin(self.attention, now, noise), self.inner)
            else:
                guess = self._step(belief, None if actions is None else actions[:, time], noise)
                slots = settle(self.attention.update(now, guess["slots"]), self.config.width)
                belief = pack({"slots": slots, "modules": guess["modules"]}, slots.shape[:1])
                nothing = torch.zeros(slots.shape[:2], device=slots.device)
                divergences.append((nothing, nothing))
            over_time.append(belief)
        return stack(over_time, self.varying, self.constant), divergences

    def _step(self, belief: Belief, action: Tensor | None, noise: Noise, modules: Tensor | None = None) -> Belief:
        slots, chosen = belief["slots"], []
        for _ in range(self.inner):
            candidates = self.transition.candidates(slots, action)
            index = candidates.prior.argmax(-1)
            index = index if modules is None else torch.where(modules == FIRST, index, modules)
            slots = self.transition.follow(slots, pick(candidates.additions, index, candidates.prior))
            chosen.append(index)
        return pack({"slots": slots, "modules": torch.stack(chosen, -1)}, slots.shape[:1])
