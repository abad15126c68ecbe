"""A toy cascade: a small level, and a large one that looks at the frame to the right too."""

import torch

from worldmodels.abilities import Cascade, Level
from worldmodels.testing.toy import Toy


class Halves(Cascade, Toy):
    """The small level shrinks what the toy decodes; the large one mixes in the frame that follows, where one does."""

    render_context = (0, 1)

    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        height, width = spec.frame_shape[1:]
        self.levels = (Level((height // 2, width // 2)), Level((height, width)))

    def _render_level(self, beliefs, constant, level):
        frames = self._decode(beliefs["state"])
        if level == 0:
            return torch.nn.functional.avg_pool2d(frames.flatten(0, 1), 2).unflatten(0, frames.shape[:2])
        following = torch.cat([frames[:, 1:], frames[:, -1:]], 1)
        return (3 * frames + following) / 4
