"""A belief with one age for the whole batch."""

import torch

from worldmodels.testing.toy import Toy

CAUGHT_BY = "beliefs_of_different_age_mix"
SAYS = "a young and an old belief"


class Model(Toy):
    def _observe(self, frames, actions, belief, noise):
        rollout = super()._observe(frames, actions, belief, noise)
        seen = frames.shape[1] + (0 if belief is None else belief["age"])
        rollout.last["age"] = torch.zeros(len(frames)) + seen
        return rollout

    def _step(self, belief, action, noise):
        after = super()._step(belief, action, noise)
        if "age" in belief.keys():
            after["age"] = belief["age"] + 1
            after["state"] = after["state"] * (1 + belief["age"].mean()).to(after["state"].dtype)
        return after
