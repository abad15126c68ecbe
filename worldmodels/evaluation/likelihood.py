"""Likelihood of videos under models that bound it, and which of their latents say something."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from worldmodels.abilities import Evidence
from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.evaluation.intervals import Estimate, mean_interval, paired_difference
from worldmodels.evaluation.report import Cell, Column, Figure, Report, Table

ACTIVE = 0.01
"""The mean KL in nats above which a channel counts as active (Maaløe et al., 2019)."""
FULLY_ACTIVE = 0.15
"""The mean KL at which the VRNN paper's Figure 4.4 stops telling channels apart."""
_LEVEL = "kl_"


@dataclass(frozen=True)
class LikelihoodResult:
    """How well a model explains a set of videos, in nats for a video.

    Attributes:
        elbo: (videos,) lower bounds on the log likelihood, from one draw.
        importance_weighted: (videos,) tighter ones, from `samples` draws; `None` for one draw.
        objective: (videos,) what the papers call ELBO and minimise: loss without constants, and KL.
        loss: (videos,) the first part of it.
        kl: Level to (videos,), the second part.
        channels: Level to (channel,): the KL of a channel, averaged over videos, times and places.
        samples: Draws of the importance-weighted bound.
    """

    elbo: NDArray[np.float64]
    importance_weighted: NDArray[np.float64] | None
    objective: NDArray[np.float64]
    loss: NDArray[np.float64]
    kl: Mapping[str, NDArray[np.float64]]
    channels: Mapping[str, NDArray[np.float64]]
    samples: int

    @property
    def videos(self) -> int:
        """How many were scored."""
        return len(self.elbo)

    def active(self, level: str | None = None) -> float:
        """The share of a level's channels, or of all, whose mean KL is above `ACTIVE`."""
        chosen = list(self.channels.values()) if level is None else [self.channels[level]]
        return float((np.concatenate(chosen) > ACTIVE).mean())


@torch.no_grad()
def evaluate_likelihood(model: Any, batches: Iterable[Batch], *, samples: int = 1, seed: int = 0) -> LikelihoodResult:
    """Score videos.

    Args:
        model: A `Evidence`.
        batches: The videos, on the model's device.
        samples: Draws for the importance-weighted bound; 1 leaves it out.
        seed: Of all draws.

    Raises:
        InputError: for a model without such bounds, no video, or no sample.
    """
    if not isinstance(model, Evidence):
        raise InputError(f"{type(model).__name__} has no evidence bound to take apart; it needs the ability Evidence.")
    if samples < 1:
        raise InputError(f"samples={samples} given; a bound needs at least 1 draw.")
    parts = [_score(model, batch, samples, seed + count) for count, batch in enumerate(batches)]
    if not parts:
        raise InputError("there is no video to score.")
    return _together(parts, samples)


def _score(model: Evidence, batch: Batch, samples: int, seed: int) -> dict[str, Tensor]:
    """Of every video: the bounds (batch,), and by level the KL (batch,) and that of its channels (batch, channel)."""
    generator = torch.Generator(batch.frames.device).manual_seed(seed)
    bound = model.evidence(batch.frames, batch.actions, generator=generator)
    levels = {name: kl.flatten(3) if kl.ndim > 3 else kl for name, kl in bound.divergences.items()}
    total = {f"{_LEVEL}{name}": kl.flatten(1).sum(1) for name, kl in levels.items()}
    divergence = torch.stack(list(total.values())).sum(0)
    scored = {
        "loss": bound.loss,
        "objective": bound.loss + divergence,
        "elbo": bound.log_likelihood - divergence,
        **total,
        **{f"channels_{_LEVEL}{name}": _over_channels(kl) for name, kl in levels.items()},
    }
    if samples > 1:
        scored["weighted"] = model.log_prob(batch.frames, batch.actions, samples=samples, generator=generator).nats
    return {name: value.double().cpu() for name, value in scored.items()}


def _is_level(name: str) -> bool:
    return name.startswith(_LEVEL)


def _over_channels(kl: Tensor) -> Tensor:
    """Means (batch, channel) of (batch, time, channel, ...)."""
    return kl.mean((1, *range(3, kl.ndim)))


def _together(parts: list[dict[str, Tensor]], samples: int) -> LikelihoodResult:
    whole = {name: torch.cat([part[name] for part in parts]).numpy() for name in parts[0]}
    levels = [name for name in whole if _is_level(name)]
    return LikelihoodResult(
        elbo=whole["elbo"],
        importance_weighted=whole.get("weighted"),
        objective=whole["objective"],
        loss=whole["loss"],
        kl={name.removeprefix(_LEVEL): whole[name] for name in levels},
        channels={name.removeprefix(_LEVEL): whole[f"channels_{name}"].mean(0) for name in levels},
        samples=samples,
    )


def likelihood_report(
    results: Mapping[str, LikelihoodResult],
    *,
    title: str = "Likelihood",
    provenance: Mapping[str, object] | None = None,
) -> Report:
    """All results in one table, and their channels' KL as in the VRNN paper's Figure 4.4.

    Args:
        results: Name to result, such as "train" and "test", or models on the same videos.
        title: Title of the page.
        provenance: Where the figures are from.

    Raises:
        InputError: where there is no result.
    """
    if not results:
        raise InputError("there is no result to report.")
    report = Report(title, provenance)
    report.add(_bounds(results), _levels(results), channels_figure(results))
    return report


def gap(first: LikelihoodResult, second: LikelihoodResult) -> Estimate:
    """How much lower the first's objective is than the second's on the same videos, with its interval.

    Raises:
        InputError: where the numbers of videos differ.
    """
    return paired_difference(second.objective, first.objective)


def _bounds(results: Mapping[str, LikelihoodResult]) -> Table:
    weighted = any(result.importance_weighted is not None for result in results.values())
    columns = [Column("of"), Column("ELBO (nats)", True)]
    columns += [Column("importance-weighted (nats)", True)] * weighted
    columns += [Column("loss + KL", False), Column("loss", False), Column("KL (nats)"), Column("active channels (%)")]
    rows = []
    for name, result in results.items():
        tighter = result.importance_weighted
        row: list[Cell] = [name, mean_interval(result.elbo)]
        row += [None if tighter is None else mean_interval(tighter)] if weighted else []
        kl = np.sum(list(result.kl.values()), 0)
        row += [mean_interval(values) for values in (result.objective, result.loss, kl)]
        rows.append([*row, 100 * result.active()])
    draws = sorted({result.samples for result in results.values() if result.importance_weighted is not None})
    note = (
        "Of whole videos, context left out; 95% interval over videos. Loss + KL is what papers print as ELBO, without "
        f"the density's constants. A channel is active above {ACTIVE} nats."
    )
    note += f" Importance-weighted over {', '.join(map(str, draws))} draws." if draws else ""
    return Table("Bounds on the log likelihood", columns, rows, note=note)


def _levels(results: Mapping[str, LikelihoodResult]) -> Table:
    columns = [Column("of"), Column("level"), Column("KL (nats)"), Column("channels"), Column("active (%)")]
    rows: list[list[Cell]] = [
        [name, level, mean_interval(values), len(result.channels[level]), 100 * result.active(level)]
        for name, result in results.items()
        for level, values in result.kl.items()
    ]
    return Table("Levels of latents", columns, rows)


def channels_figure(results: Mapping[str, LikelihoodResult], title: str = "KL of each latent channel") -> Figure:
    """Each level's channels as a strip from the most active to the least, coloured by their mean KL.

    Args:
        results: Name to result.
        title: Heading of the section.
    """
    note = (
        "Mean over videos, times and places; each strip holds one level's channels, the most active first. The colour "
        f"ends at {FULLY_ACTIVE} nats; the line marks where channels fall below {ACTIVE}."
    )
    data = {
        name: {level: list(map(float, kl)) for level, kl in result.channels.items()} for name, result in results.items()
    }
    return Figure(title, _draw(results, "#1d2530"), _draw(results, "#e6e9ee"), note=note, data=data)


def _draw(results: Mapping[str, LikelihoodResult], ink: str) -> bytes:
    import matplotlib
    import matplotlib.figure

    strips = [(f"{name}, {level}", kl) for name, result in results.items() for level, kl in result.channels.items()]
    with matplotlib.rc_context({"svg.hashsalt": "worldmodels", "font.size": 9, "text.color": ink}):
        figure = matplotlib.figure.Figure(figsize=(7.2, 0.5 + 0.45 * len(strips)), layout="constrained")
        rows = figure.subplots(len(strips), squeeze=False)[:, 0]
        for axes, (label, kl) in zip(rows, strips, strict=True):
            image = _strip(axes, label, kl, ink)
        bar = figure.colorbar(image, ax=list(rows), label="KL (nats)")
        bar.ax.tick_params(colors=ink)
        bar.ax.yaxis.label.set_color(ink)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return buffer.getvalue()


def _strip(axes: Any, label: str, kl: NDArray[np.float64], ink: str) -> Any:
    channels = np.sort(kl)[::-1]
    image = axes.imshow(channels[None], aspect="auto", vmin=0, vmax=FULLY_ACTIVE, cmap="viridis", interpolation="none")
    axes.axvline((kl > ACTIVE).sum() - 0.5, color="white", linewidth=1.5)
    axes.set_yticks([0], [label])
    axes.set_xticks([len(kl) - 1], [f"{len(kl)}"])
    axes.tick_params(colors=ink, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return image
