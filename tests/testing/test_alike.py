"""Models whose latents are categories may take two videos for one; only those that look at none are blind."""

import torch

from worldmodels.testing.checks import CHECKS
from worldmodels.testing.toy import Toy
from worldmodels.testing.worlds import case_for


class Coarse(Toy):
    """Sees only whether a frame is bright or dark."""

    def _observe(self, frames, actions, belief, noise):
        bright = (frames.mean((-3, -2, -1), keepdim=True) > 0.5).to(frames.dtype)
        return super()._observe(bright.expand_as(frames).contiguous(), actions, belief, noise)


def test_two_videos_that_look_alike_are_no_fault():
    case = case_for(Coarse, "nobody acts", (3, 16, 16), config={"state": 8, "hidden": 16})
    case.__dict__["frames"] = case.frames * 0.4  # all dark, and so alike
    assert torch.allclose(*case.read(case.observe())[:2])
    CHECKS["observe_looks_at_frames"](case)
