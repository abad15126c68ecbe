"""How probable models hold videos, and what the latents of those that bound it say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from worldmodels.abilities import Bound, Evidence, Likelihood
from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.evaluation.intervals import Estimate, paired_difference

ACTIVE = 0.01
"""The mean KL in nats above which a channel counts as active (Maaløe et al., 2019)."""
FULLY_ACTIVE = 0.15
"""The mean KL at which the VRNN paper's Figure 4.4 stops telling channels apart."""


@dataclass(frozen=True)
class EvidenceParts:
    """An evidence bound from one draw of the latents, in nats for a video.

    Attributes:
        elbo: (videos,) lower bounds on the log likelihood.
        objective: (videos,) what the papers call ELBO and minimise: loss without constants, and KL.
        loss: (videos,) the first part of it.
        kl: Level to (videos,), the second part.
        channels: Level to (channel,): the KL of a channel, averaged over videos, times and places.
    """

    elbo: NDArray[np.float64]
    objective: NDArray[np.float64]
    loss: NDArray[np.float64]
    kl: Mapping[str, NDArray[np.float64]]
    channels: Mapping[str, NDArray[np.float64]]

    def active(self, level: str | None = None) -> float:
        """The share of a level's channels, or of all, whose mean KL is above `ACTIVE`."""
        chosen = list(self.channels.values()) if level is None else [self.channels[level]]
        return float((np.concatenate(chosen) > ACTIVE).mean())


@dataclass(frozen=True)
class LikelihoodResult:
    """How well a model explains a set of videos after their context.

    Attributes:
        nats: (videos,) log probability of a video, or the tightest bound on it that `samples` draws give.
        bits: (videos,) the same as bits for each number.
        numbers: How many numbers of a video were scored.
        exact: Whether it is exact; else it is a lower bound.
        samples: Draws of the bound.
        evidence: The parts of the evidence bound, where the model can take it apart and the context is its least.
    """

    nats: NDArray[np.float64]
    bits: NDArray[np.float64]
    numbers: int
    exact: bool
    samples: int
    evidence: EvidenceParts | None = None

    @property
    def videos(self) -> int:
        """How many were scored."""
        return len(self.nats)


@torch.no_grad()
def evaluate_likelihood(
    model: Any, batches: Iterable[Batch], *, context: int | None = None, samples: int = 1, seed: int = 0
) -> LikelihoodResult:
    """Score videos.

    Args:
        model: Any with the ability `Likelihood`; one with `Evidence` also takes its bound apart.
        batches: Videos of one length, on the model's device.
        context: Frames that are given and not scored; `None` for the fewest that the model needs.
        samples: Draws of the latents where the model bounds the likelihood; more make it tighter.
        seed: Of all draws.

    Raises:
        InputError: for a model without the ability, no video, videos too short, or no sample.
    """
    if not isinstance(model, Likelihood):
        raise InputError(f"{type(model).__name__} gives no likelihood; it needs the ability Likelihood.")
    apart = isinstance(model, Evidence) and context in (None, model.least_context)
    columns: list[dict[str, Tensor]] = []
    numbers, exact = 0, True
    for count, batch in enumerate(batches):
        generator = torch.Generator(batch.frames.device).manual_seed(seed + count)
        parts: dict[str, Tensor] = {}
        if apart:
            assert isinstance(model, Evidence)
            parts = _taken_apart(model.evidence(batch.frames, batch.actions, generator=generator))
        options: dict[str, Any] = {"context": context, "samples": samples, "generator": generator}
        scored = model.log_prob(batch.frames, batch.actions, **options)
        numbers, exact = scored.numbers, scored.exact
        parts |= {"nats": scored.nats, "bits": scored.bits}
        columns.append({name: value.double().cpu() for name, value in parts.items()})
    if not columns:
        raise InputError("there is no video to score.")
    whole = {name: torch.cat([column[name] for column in columns]).numpy() for name in columns[0]}
    evidence = _put_together(whole) if apart else None
    return LikelihoodResult(whole["nats"], whole["bits"], numbers, exact, samples, evidence)


def objective_gap(first: EvidenceParts, second: EvidenceParts) -> Estimate:
    """How much lower the first's objective is than the second's on the same videos, with its interval.

    Raises:
        InputError: where the numbers of videos differ.
    """
    return paired_difference(second.objective, first.objective)


def _taken_apart(bound: Bound) -> dict[str, Tensor]:
    """Of every video the bound's parts (batch,), and by level the KL (batch,) and its channels' (batch, channel)."""
    total = {name: kl.flatten(1).sum(1) for name, kl in bound.divergences.items()}
    divergence = torch.stack(list(total.values())).sum(0)
    return {
        "elbo": bound.log_likelihood - divergence,
        "objective": bound.loss + divergence,
        "loss": bound.loss,
        **{f"kl {name}": kl for name, kl in total.items()},
        # means over time and places of (batch, time, channel, ...)
        **{f"channels {name}": kl.mean((1, *range(3, kl.ndim))) for name, kl in bound.divergences.items()},
    }


def _put_together(whole: Mapping[str, NDArray[np.float64]]) -> EvidenceParts:
    levels = [name.removeprefix("kl ") for name in whole if name.startswith("kl ")]
    kl = {level: whole[f"kl {level}"] for level in levels}
    channels = {level: whole[f"channels {level}"].mean(0) for level in levels}
    return EvidenceParts(whole["elbo"], whole["objective"], whole["loss"], kl, channels)
