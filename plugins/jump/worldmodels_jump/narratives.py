"""What a model knows of narratives: consistency, coherence, the error of its best samples. Needs worldmodels-envs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from worldmodels.data.frames import to_float
from worldmodels.evaluation.evaluation import exactly
from worldmodels.evaluation.intervals import Estimate, mean_interval, success_interval
from worldmodels_envs import narratives
from worldmodels_jump.model import JUMP
from worldmodels_jump.views import Views

Arrays = Mapping[str, "np.ndarray[Any, np.dtype[Any]]"]


@torch.no_grad()
def measure(model: JUMP, config: narratives.NarrativesConfig, data: Arrays, samples: int) -> dict[str, Estimate]:
    """All figures of a narrative's videos, as `narratives.generate` makes them."""
    frames = to_float(torch.from_numpy(data["frames"]))
    found = best_of(model, config, frames, samples)
    if config.narrative == "color_reaction":
        return found | consistency(model, config, frames)
    return found | coherence(model, config, data)


@torch.no_grad()
def consistency(model: JUMP, config: narratives.NarrativesConfig, frames: Tensor) -> dict[str, Estimate]:
    """KL1 and KL3 in nats over videos of Color Reaction (video, time, ...): the paper's section 4.2.

    What the posterior learns from one target beside what it learns from three that show the same: a consistent model's
    KL3 is its KL1, a factored model's three times it. Seen are the first frame and the arrival, so that only the new
    colour is open; every target shows it.
    """
    leg = config.leg
    seen, targets = [0, leg], np.linspace(leg + 1, config.length - 1, 3).round().astype(int).tolist()
    context = _views(model, frames, seen)
    one = torch.stack([model.divergence(context, _views(model, frames, [t])) for t in targets]).mean(0)
    three = model.divergence(context, _views(model, frames, targets))
    return {
        "kl1_nats": mean_interval(one),
        "kl3_nats": mean_interval(three),
        "apart": exactly(abs(float(three.mean() / one.mean()) - 1)),
        "times": exactly(float(three.mean() / one.mean())),
    }


@torch.no_grad()
def coherence(model: JUMP, config: narratives.NarrativesConfig, data: Arrays) -> dict[str, Estimate]:
    """Share of samples from the first frame that visit every shape once, as the judge reads them; and how they fail."""
    painted = tell(model, config, to_float(torch.from_numpy(data["frames"])))
    verdict = narratives.judge(painted.permute(0, 1, 3, 4, 2).mul(255).round().byte().numpy(), data, config)
    first = np.bincount(verdict.visited[verdict.complete, 0], minlength=config.shapes)[1:]
    return {
        "complete": success_interval(int(verdict.complete.sum()), len(verdict.complete)),
        "at_a_shape": exactly(float((verdict.visited > 0).mean())),
        "seen": exactly(float(verdict.seen.mean())),
        "rarest_start": exactly(float(first.min() / max(1, first.sum()))),
    }


@torch.no_grad()
def tell(model: JUMP, config: narratives.NarrativesConfig, frames: Tensor, seed: int = 0) -> Tensor:
    """Frames (video, visit, channel, height, width) of the arrivals, of one draw from the first frame each."""
    arrivals = torch.arange(1.0, config.visits + 1).mul(config.leg).expand(len(frames), -1)
    belief = model.observe_at(frames[:, :1], torch.zeros(len(frames), 1))
    return model.render(model.ask(belief, arrivals, generator=torch.Generator().manual_seed(seed)))


@torch.no_grad()
def best_of(model: JUMP, config: narratives.NarrativesConfig, frames: Tensor, samples: int) -> dict[str, Estimate]:
    """Squared error a number of the last frame: of the best of some samples, of one, and of the mean of the samples.

    Seen are the first frame and, in Color Reaction, the arrival.
    """
    seen = [0, config.leg] if config.narrative == "color_reaction" else [0]
    last = torch.full((len(frames), 1), float(config.length - 1))
    belief = model.observe_at(frames[:, seen], torch.tensor(seen).float().expand(len(frames), -1))
    draws = [
        model.render(model.ask(belief, last, generator=torch.Generator().manual_seed(seed)))[:, 0]
        for seed in range(samples)
    ]
    drawn, truth = torch.stack(draws), frames[:, config.length - 1]
    errors = (drawn - truth).square().flatten(2).mean(2)
    mean = (drawn.mean(0) - truth).square().flatten(1).mean(1)
    best = errors.amin(0)
    return {
        "best_mse": mean_interval(best),
        "one_mse": mean_interval(errors[0]),
        "mean_image_mse": mean_interval(mean),
        "best_beside_mean": exactly(float(best.mean() / mean.mean())),
    }


def _views(model: JUMP, frames: Tensor, times: Sequence[int]) -> Views:
    return model.views(frames[:, times], torch.tensor(times).float().expand(len(frames), -1))
