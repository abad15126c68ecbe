"""How what reads the snitch's cell is trained and asked."""

from __future__ import annotations

from dataclasses import dataclass

from worldmodels.errors import InputError


@dataclass(frozen=True)
class FitConfig:
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

    steps: int = 2000
    batch_size: int = 32
    frames: int = 40
    crops: int = 10
    lr: tuple[float, float] = (1e-4, 1e-6)
    decay: tuple[float, float] = (1e-5, 1e-3)
    l1: float = 1.0
    masked: float = 0.0
    seed: int = 0
    device: str = "cpu"
    save_every: int = 200

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "frames", "crops", "save_every"):
            if getattr(self, name) < 1:
                raise InputError(f"{name}={getattr(self, name)} given; it must be at least 1.")
        if min(*self.lr, *self.decay, self.l1, self.masked) < 0:
            raise InputError("lr, decay, l1 and masked must not be negative.")
