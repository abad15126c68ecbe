"""Many steps on flat backgrounds, on which flows are known to end in NaN.

python plugins/videoflow/experiments/flat.py [STEPS]
"""

from __future__ import annotations

import math
import sys

import torch

from worldmodels.batch import Batch
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_videoflow.model import VideoFlow


def main() -> None:
    """Train on one grey level, and print the bits and the largest error of a round trip."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    for settings in ({"cells": "fitted"}, {"cells": "uniform"}, {"cells": "uniform", "coupling": "additive"}):
        torch.manual_seed(0)
        model = build(VideoFlow, WorldSpec((3, 8, 8)), "tiny", settings).train()
        batch = Batch(torch.full((4, 2, 3, 8, 8), 128 / 255))
        model.prepare(batch)
        optimiser = torch.optim.Adam(model.parameters(), 1e-3)
        for step in range(steps):
            bits = model.losses(batch, Moment.at(step / steps))["total"]
            if not math.isfinite(bits.item()):
                sys.exit(f"{settings}: not finite at step {step}")
            optimiser.zero_grad()
            bits.backward()
            optimiser.step()
        error = (model.eval().render(model.observe(batch.frames)) - batch.frames[:, -1]).abs().max()
        print(f"{settings}: {bits.item():.4f} bits after {steps} steps, round trip {error.item():.1e}", flush=True)


if __name__ == "__main__":
    main()
