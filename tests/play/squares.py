"""A model with every ability of a page, whose scenes are two white squares."""

import torch

from worldmodels.abilities import AnyTime, Cascade, Editable, Level, Likelihood, LogProb
from worldmodels.edits import Move, Remove
from worldmodels.rollout import Rollout, pack
from worldmodels.spec import WorldSpec
from worldmodels.testing.toy import Toy

SPEC = WorldSpec((3, 12, 12))


class Squares(Toy, Editable, AnyTime, Cascade, Likelihood):
    """Two white squares on black that stand still; where they are is the belief."""

    varying = ("state",)
    edits = (Move, Remove)
    levels = (Level((6, 6), 1), Level((12, 12), 2))

    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        self.scored = []

    def _observe(self, frames, actions, belief, noise):
        state = torch.tensor([[3.0, 3.0], [8.0, 8.0]]).expand(len(frames), frames.shape[1], 2, 2).contiguous()
        kept = pack({"state": state}, state.shape[:2])
        return Rollout(kept, pack({"state": state[:, -1]}, state.shape[:1]), pack({}, state.shape[:1]))

    def _step(self, belief, action, noise):
        return belief

    def _imagine(self, belief, actions, horizon, noise):
        return super(AnyTime, self)._imagine(belief, actions, horizon, noise)

    def _imagine_at(self, belief, times, actions, noise):
        state = belief["state"].unsqueeze(1) + times[..., None, None]
        last = pack({"state": state[:, -1]}, belief.batch_size)
        return Rollout(pack({"state": state}, state.shape[:2]), last, pack({}, belief.batch_size))

    def _render_level(self, beliefs, constant, level):
        masks = self._masks(beliefs["state"])[..., :2, :, :].sum(-3)[..., None, :, :].expand(-1, -1, 3, -1, -1)
        return masks[..., ::2, ::2] if level == 0 else masks.repeat_interleave(2, 1)

    def _render(self, beliefs, constant):
        return self._render_level(beliefs, constant, 1)

    def _masks(self, state):
        grid = torch.stack(torch.meshgrid(torch.arange(12) + 0.5, torch.arange(12) + 0.5, indexing="xy"), -1)
        inside = ((grid - state[..., None, None, :]).abs() <= 1.5).all(-1).float()
        return torch.cat([inside, 1 - inside.amax(-3, keepdim=True)], -3)

    def slots(self, of):
        return torch.zeros(*self._state(of).shape[:-2], 3, 1)

    def masks(self, of):
        return self._masks(self._state(of))

    def positions(self, of):
        state = self._state(of)
        return torch.cat([state, torch.full_like(state[..., :1, :], float("nan"))], -2)

    def _state(self, of):
        return (of.beliefs if isinstance(of, Rollout) else of)["state"]

    def _edit(self, belief, edit):
        state = belief["state"].clone()
        state[:, edit.slot] = state[:, edit.slot] + torch.tensor(edit.by[:2]) if isinstance(edit, Move) else -9.0
        return pack({"state": state}, belief.batch_size)

    def _log_prob(self, frames, actions, context, samples, noise):
        self.scored.append(frames.shape[1])
        return LogProb(torch.zeros(1), frames[0, context:].numel(), True)
