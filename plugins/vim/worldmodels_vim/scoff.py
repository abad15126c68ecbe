"""SCOFF (Goyal et al., 2020) as VIM's yardstick: the same objects and modules, and no latent variables."""

from __future__ import annotations

import torch
from torch import Tensor

from worldmodels.batch import Batch, incoming
from worldmodels.blocks import Inputs
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Rollout, stack
from worldmodels_vim.model import FIRST, VIM, Explanation, at
from worldmodels_vim.transition import Selection, mix, pick, settle, soft_choice


class SCOFF(VIM):
    """Slots moved by modules that each slot selects by itself (the thesis' section 8.B); with one module, RIM.

    Slots read a frame by a round of slot attention, select a module by their own query, and the result is painted as
    the next frame: a guess of what follows, which for a walk at random is its mean. A belief after a frame holds the
    slots that have read it.
    """

    def _make_transition(self) -> Selection:
        return Selection(self.config, self.codec.dim)

    def _video_losses(self, batch: Batch, gate: float) -> dict[str, Tensor]:
        noise, inputs, actions = Noise(), self._project(batch.frames), incoming(batch.actions)
        slots = self._begin(at(inputs, 0), noise)
        seen = [slots]
        for time in range(1, batch.frames.shape[1]):
            for _ in range(self.inner):
                candidates = self.transition.candidates(slots, None if actions is None else actions[:, time])
                addition = mix(candidates.additions, soft_choice(candidates.prior, noise))
                slots = self.transition.follow(slots, addition)
            seen.append(slots)
            slots = self._read(at(inputs, time), slots)
        painted = self.decoder(torch.stack(seen, 1).flatten(0, 1)).frames
        error = self._error(painted, batch.frames.flatten(0, 1))
        return {"reconstruction": error, "total": error / (2 * self.config.variance)}

    def reconstruct(self, frames: Tensor, explanation: Explanation) -> Tensor:
        """The first frame painted, and each other one foretold from the true frame before it (Table 8.4)."""
        beliefs = explanation.rollout.beliefs
        first = self.render(explanation.rollout.at(0))
        if frames.shape[1] == 1:
            return first
        before = beliefs[:, :-1].flatten(0, 1)
        foretold = self.render(self.step(before, temperature=0.0)).unflatten(0, (len(frames), -1))
        return torch.cat([first, foretold], 1)

    def _read(self, inputs: Inputs, slots: Tensor) -> Tensor:
        return settle(self.attention.update(inputs, slots), self.config.width)

    def _follow(
        self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise
    ) -> tuple[Rollout, list[tuple[Tensor, Tensor]]]:
        """Beliefs after every frame; divergences are nought, as nothing is drawn."""
        inputs, over_time, divergences = self._project(frames), [], []
        for time in range(frames.shape[1]):
            if belief is None:
                slots = self._begin(at(inputs, time), noise)
                modules = torch.full((*slots.shape[:2], self.inner), FIRST, device=slots.device)
            else:
                guess = self._step(belief, None if actions is None else actions[:, time], noise)
                slots, modules = self._read(at(inputs, time), guess["slots"]), guess["modules"]
                nothing = torch.zeros(slots.shape[:2], device=slots.device)
                divergences.append((nothing, nothing))
            belief = self._belief(slots, modules)
            over_time.append(belief)
        return stack(over_time, self.varying, self.constant), divergences

    def _go(self, belief: Belief, action: Tensor | None, noise: Noise, modules: Tensor | None) -> Belief:
        slots, chosen = belief.get("slots"), []
        for _ in range(self.inner):
            candidates = self.transition.candidates(slots, action)
            index = candidates.prior.argmax(-1)
            index = index if modules is None else torch.where(modules == FIRST, index, modules)
            addition = pick(candidates.additions, index, candidates.prior)
            slots = self.transition.follow(slots, addition)
            chosen.append(index)
        return self._belief(slots, torch.stack(chosen, -1))
