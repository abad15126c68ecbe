"""Consistency, coherence and error of checkpoints on narratives: `python narratives.py CHECKPOINT ... --config NAME`.

Needs worldmodels-envs. Consistency is the paper's (section 4.2): what the posterior learns from one target beside what
it learns from three that show the same; a consistent model's KL3 is its KL1, a factored model's three times it.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

import worldmodels
from worldmodels.data.frames import to_float
from worldmodels_envs import narratives
from worldmodels_jump.model import JUMP, Views


def consistency(model: JUMP, config: narratives.NarrativesConfig, frames: Tensor) -> dict[str, float]:
    """KL1 and KL3 in nats over videos of Color Reaction (video, time, ...), and the true entropy.

    Seen are the first frame and the arrival, so that only the new colour is open; every target shows it.
    """
    leg = config.leg
    seen, targets = [0, leg], np.linspace(leg + 1, config.length - 1, 3).round().astype(int).tolist()
    context = _views(model, frames, seen)
    one = torch.stack([model.divergence(context, _views(model, frames, [t])) for t in targets]).mean(0)
    three = model.divergence(context, _views(model, frames, targets))
    dyes = config.colours - (1 if config.repeat else config.shapes - config.marked)
    gap = abs(float(three.mean() / one.mean()) - 1)
    deviation = float((three - one).std() / math.sqrt(len(frames)))
    return {
        "kl1": float(one.mean()),
        "kl3": float(three.mean()),
        "error of kl3 - kl1": deviation,
        "|kl3 - kl1| / kl1": gap,
        "kl3 / 3 kl1": float(three.mean() / (3 * one.mean())),
        "entropy": math.log(dyes),
    }


def coherence(model: JUMP, config: narratives.NarrativesConfig, data: dict[str, np.ndarray]) -> dict[str, float]:
    """Share of samples from the first frame that visit every shape once, as the judge reads them."""
    frames = to_float(torch.from_numpy(data["frames"]))
    arrivals = torch.arange(1.0, config.visits + 1).mul(config.leg).expand(len(frames), -1)
    with torch.no_grad():
        belief = model.observe_at(frames[:, :1], torch.zeros(len(frames), 1))
        asked = model.ask(belief, arrivals, generator=torch.Generator().manual_seed(0))
        painted = model.render(asked).permute(0, 1, 3, 4, 2).mul(255).round().byte().numpy()
    verdict = narratives.judge(painted, data, config)
    return {
        "complete": float(verdict.complete.mean()),
        "mover at a shape": float((verdict.visited > 0).mean()),
        "shapes seen": float(verdict.seen.mean()),
    }


def best_of(model: JUMP, config: narratives.NarrativesConfig, frames: Tensor, samples: int) -> dict[str, float]:
    """Squared error a pixel of the best of some samples of the last frame, beside that of the mean of the samples.

    Seen are the first frame and, in Color Reaction, the arrival.
    """
    seen = [0, config.leg] if config.narrative == "color_reaction" else [0]
    last = torch.full((len(frames), 1), float(config.length - 1))
    with torch.no_grad():
        belief = model.observe_at(frames[:, seen], torch.tensor(seen).float().expand(len(frames), -1))
        draws = [
            model.render(model.ask(belief, last, generator=torch.Generator().manual_seed(seed)))[:, 0]
            for seed in range(samples)
        ]
    drawn, truth = torch.stack(draws), frames[:, config.length - 1]
    errors = (drawn - truth).square().flatten(2).mean(2)
    mean = (drawn.mean(0) - truth).square().mean()
    return {"best": float(errors.min(0).values.mean()), "one": float(errors.mean()), "mean image": float(mean)}


def _views(model: JUMP, frames: Tensor, times: Sequence[int]) -> Views:
    return model.views(frames[:, times], torch.tensor(times).float().expand(len(frames), -1))


def main() -> None:
    """Print what is measured, a line for each checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", nargs="+")
    parser.add_argument("--config", default="reaction")
    parser.add_argument("--videos", type=int, default=256)
    parser.add_argument("--samples", type=int, default=30)
    parser.add_argument("--leg", type=int, help="frames from one shape to the next, where not the variant's")
    parser.add_argument("--shapes", type=int, help="with the one that moves, where not the variant's")
    parser.add_argument("--size", type=int, help="of frames, where not the variant's")
    parser.add_argument("--radius", type=float, help="of shapes, where not the variant's")
    options = parser.parse_args()
    changes = {
        "leg": options.leg,
        "size": options.size,
        "shapes": options.shapes,
        "radii": options.radius and (options.radius,),
    }
    config = narratives.resolve_config(options.config, **{k: v for k, v in changes.items() if v is not None})
    data = narratives.generate(config, options.videos, config.length, seed=1)
    frames = to_float(torch.from_numpy(data["frames"]))
    for path in options.checkpoints:
        model = worldmodels.load(path)
        assert isinstance(model, JUMP)
        torch.manual_seed(0)
        found = best_of(model, config, frames, options.samples)
        if config.narrative == "color_reaction":
            found |= consistency(model, config, frames)
        else:
            found |= coherence(model, config, data)
        print(path, {name: round(value, 5) for name, value in found.items()}, flush=True)


if __name__ == "__main__":
    main()
