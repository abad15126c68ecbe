"""What can end a training early."""

from __future__ import annotations

import signal
from pathlib import Path

from worldmodels.errors import WorldModelsError


class DivergedError(WorldModelsError):
    """A loss or a weight is no longer a finite number.

    Args:
        what: What is not, and since when.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}; lower optimizer.lr or set optimizer.clip. The last whole checkpoint is kept.")


class FitInterrupted(WorldModelsError):
    """A small network's training was told to stop.

    Args:
        number: The signal.
        step: Steps done.
        state: The file that has them; `None` where they are not kept.
    """

    def __init__(self, number: int, step: int, state: Path | None) -> None:
        kept = "nothing of it is kept" if state is None else f"{state} is whole, and the same command goes on from it"
        super().__init__(f"stopped by {signal.Signals(number).name} after step {step}; {kept}.")


class TrainingInterrupted(WorldModelsError):
    """The training was told to stop, and left a whole checkpoint.

    Args:
        number: The signal.
        step: Steps done.
        folder: The checkpoint.
    """

    def __init__(self, number: int, step: int, folder: Path) -> None:
        self.signal = signal.Signals(number)
        super().__init__(
            f"stopped by {self.signal.name} after step {step}; {folder} is whole, and the same command goes on from it."
        )
