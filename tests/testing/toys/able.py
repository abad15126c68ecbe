"""The toy with every ability, each kept."""

import torch

from worldmodels.abilities import (
    AnyTime,
    Bound,
    Cascade,
    Editable,
    Evidence,
    Level,
    LogProb,
    ModuleControl,
    Swappable,
)
from worldmodels.camera import Camera
from worldmodels.edits import Move, Remove, Scale, Swap
from worldmodels.rollout import Rollout, pack
from worldmodels.testing.toy import Toy


class Able(AnyTime, Evidence, Editable, ModuleControl, Swappable, Cascade, Toy):
    """Its state holds for each of two slots a place (3), whether it is there, and a size; the rest is free."""

    slot_count = 2
    module_count = 2
    edits = (Move, Remove, Scale, Swap)
    sparse = True

    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        height, width = spec.frame_shape[1:]
        self.levels = (Level((height // 2, width // 2)), Level((height, width)))

    def losses(self, batch, moment):
        terms = Toy.losses(self, batch, moment) if batch.times is None else {"total": self._sparse(batch)}
        return terms | {"total": terms["total"] + sum(p.square().sum() for p in self.parameters())}

    def _sparse(self, batch):
        first = self.encoder(batch.frames[:, :1].flatten(2))
        return (self._decode(first + batch.clock.unsqueeze(-1) / 10) - batch.frames).square().mean()

    def _imagine(self, belief, actions, horizon, noise):
        return Toy._imagine(self, belief, actions, horizon, noise)

    def _imagine_at(self, belief, times, actions, noise):
        horizon = int(times.max().ceil())
        rollout = self._imagine(belief, None if actions is None else actions[:, :horizon], horizon, noise)
        states = torch.cat([belief["state"].unsqueeze(1), rollout.beliefs["state"]], 1)
        before, share = times.floor().long(), (times % 1).unsqueeze(-1)
        after = (before + 1).clamp_max(horizon)
        picked = [states.gather(1, index.unsqueeze(-1).expand(-1, -1, states.shape[-1])) for index in (before, after)]
        over_time = pack({"state": torch.lerp(*picked, share)}, times.shape)
        latest = over_time["state"][torch.arange(len(times), device=times.device), times.argmax(1)]
        return Rollout(over_time, pack({"state": latest}, belief.batch_size), rollout.constant)

    def _log_prob(self, frames, actions, context, samples, noise):
        scored = frames[:, context:]
        return LogProb(-scored.square().sum((1, 2, 3, 4)), scored[0].numel(), exact=True)

    def _evidence(self, frames, actions, noise):
        seen = -frames[:, 1:].square().sum((1, 2, 3, 4))
        return Bound(seen, -seen, {"state": frames.new_zeros(*frames.shape[:2], 1)})

    def _parts(self, given):
        state = (given.beliefs if isinstance(given, Rollout) else given)["state"]
        return state[..., :8].unflatten(-1, (2, 4)), state

    def slots(self, belief_or_rollout):
        return self._parts(belief_or_rollout)[0]

    def places(self, belief_or_rollout):
        return self.slots(belief_or_rollout)[..., :3]

    def camera(self, belief_or_rollout):
        return Camera(torch.tensor([[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 0, 1.0]]))

    def positions(self, belief_or_rollout):
        return self.places(belief_or_rollout)[..., :2]

    def masks(self, belief_or_rollout):
        """The first slot's share is that of its light, unless it is gone."""
        there = (self.slots(belief_or_rollout)[..., 0, 3] > -100).to(torch.float32)
        share = self.render(belief_or_rollout).mean(-3) * there[..., None, None]
        return torch.stack([share, 1 - share], -3)

    def _edit(self, belief, edit):
        slots, state = self._parts(belief)
        slots = slots.clone()
        match edit:
            case Move(slot, by):
                slots[:, slot, :3] += slots.new_tensor(by)
            case Remove(slot):
                slots[:, slot, 3] = -1000.0
            case Swap(slot, other):
                slots[:, [slot, other], :3] = slots[:, [other, slot], :3]
        return pack({"state": torch.cat([slots.flatten(1), state[:, 8:]], 1)}, belief.batch_size)

    def _do_all(self, belief, modules, noise):
        return pack({"state": belief["state"] + modules.sum(-1, keepdim=True)}, belief.batch_size)

    def swap_content(self, belief, content):
        half = self.config.state // 2
        swapped = torch.cat([belief["state"][:, :half], content["state"][:, half:]], -1)
        return pack({"state": swapped}, belief.batch_size)

    def _render_level(self, beliefs, constant, level):
        frames = self._decode(beliefs["state"])
        if level == 1:
            return frames
        return torch.nn.functional.avg_pool2d(frames.flatten(0, 1), 2).unflatten(0, frames.shape[:2])
