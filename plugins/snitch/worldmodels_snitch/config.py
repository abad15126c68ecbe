"""How what reads the snitch's cell is trained and asked."""

from __future__ import annotations

from dataclasses import dataclass

from worldmodels.config import Settings
from worldmodels.limits import Count, Device, NotNegative, Seed


@dataclass(frozen=True)
class FitConfig(Settings):
    """Appendix B.3 of the INFERNO chapter; learning rate and weight decay go from first to last on half a cosine.

    Attributes:
        steps: Of the optimiser; the paper's are 500 times the training videos over the batch size.
        batch_size: Videos of a step.
        frames: Random frames of a video.
        crops: Draws of so many frames whose answers are averaged in the test.
        lr: First and last learning rate of Adam.
        decay: First and last weight decay.
        l1: Weight of the distance in cells between the expected cell and the right one.
        masked: Weight of the masked-object loss; INFERNO's is 1e-3, and 0 leaves it out.
        seed: Of weights, frames and videos.
        device: Where to train.
        save_every: Steps from one saved state to the next.
    """

    steps: Count = 2000
    batch_size: Count = 32
    frames: Count = 40
    crops: Count = 10
    lr: tuple[NotNegative, NotNegative] = (1e-4, 1e-6)
    decay: tuple[NotNegative, NotNegative] = (1e-5, 1e-3)
    l1: NotNegative = 1.0
    masked: NotNegative = 0.0
    seed: Seed = 0
    device: Device = "cpu"
    save_every: Count = 200
