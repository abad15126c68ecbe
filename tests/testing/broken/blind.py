"""A belief that does not depend on the frames."""

import torch

from worldmodels.testing.toy import Toy

CAUGHT_BY = "observe_looks_at_frames"
SAYS = "different videos lead to the same"


class Model(Toy):
    def _observe(self, frames, actions, belief, noise):
        return super()._observe(torch.zeros_like(frames), actions, belief, noise)
