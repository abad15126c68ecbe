"""The toy with every ability, each kept."""

import torch
import torch.nn.functional as F

from worldmodels.rollout import Rollout, pack, stack
from worldmodels.testing.toy import Toy


class Able(Toy):
    likelihood = "exact"
    slot_count = 2
    module_count = 2
    intervals = (1.0, 0.5)
    levels = 2

    def imagine_at(self, belief, times, actions=None):
        rollout = self.imagine(belief, actions, horizon=None if self.codec.dim else int(times.max()), temperature=0.0)
        state = rollout.beliefs["state"]
        picked = state.gather(1, (times - 1).unsqueeze(-1).expand(-1, -1, state.shape[-1]))
        return Rollout(pack({"state": picked}, times.shape), rollout.last, rollout.constant)

    def log_prob(self, frames, actions=None):
        return -frames.square().sum((1, 2, 3, 4))

    def slots(self, belief_or_rollout):
        return self.features(belief_or_rollout).unflatten(-1, (2, -1))

    def masks(self, belief_or_rollout):
        share = self.render(belief_or_rollout).mean(-3)
        return torch.stack([share, 1 - share], -3)

    def positions(self, belief_or_rollout):
        return self.slots(belief_or_rollout)[..., :2]

    def edit(self, belief, **changes):
        return pack({"state": belief["state"] + changes.get("by", 0.0)}, belief.batch_size)

    def do(self, belief, slot, module, *, generator=None, temperature=1.0):
        return pack({"state": belief["state"] + module.unsqueeze(-1)}, belief.batch_size)

    def do_all(self, belief, modules, *, generator=None, temperature=1.0):
        return pack({"state": belief["state"] + modules.sum(-1, keepdim=True)}, belief.batch_size)

    def imagine(self, belief, actions=None, *, dt=1.0, **options):
        rollout = super().imagine(belief, actions, **options)
        if dt == 1.0:
            return rollout
        times = [pack({"state": state}, belief.batch_size) for state in rollout.beliefs["state"].unbind(1)]
        return stack([time for time in times for _ in range(round(1 / dt))], self.varying, self.constant)

    def swap_content(self, belief, content):
        half = self.config.state // 2
        return pack(
            {"state": torch.cat([belief["state"][:, :half], content["state"][:, half:]], -1)}, belief.batch_size
        )

    def render(self, belief_or_rollout, level=-1):
        frames = super().render(belief_or_rollout)
        if level % self.levels == self.levels - 1:
            return frames
        flat = F.avg_pool2d(frames.flatten(0, -4), 2)
        return flat.unflatten(0, frames.shape[:-3])
