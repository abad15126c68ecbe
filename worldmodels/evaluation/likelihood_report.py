"""The report of likelihoods: all models in one table, and the latents of those that bound it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from worldmodels.errors import InputError
from worldmodels.evaluation.intervals import mean_interval
from worldmodels.evaluation.likelihood import ACTIVE, FULLY_ACTIVE, EvidenceParts, LikelihoodResult
from worldmodels.evaluation.report import Cell, Column, Figure, Report, Table


def likelihood_report(
    results: Mapping[str, LikelihoodResult],
    *,
    title: str = "Likelihood",
    provenance: Mapping[str, object] | None = None,
) -> Report:
    """All results in one table, and the evidence bounds' parts, with channels as in the VRNN paper's Figure 4.4.

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
    report.add(_likelihoods(results))
    parts = {name: result.evidence for name, result in results.items() if result.evidence is not None}
    if parts:
        report.add(_bounds(parts), _levels(parts), channels_figure(parts))
    return report


def channels_figure(parts: Mapping[str, EvidenceParts], title: str = "KL of each latent channel") -> Figure:
    """Each level's channels as a strip from the most active to the least, coloured by their mean KL.

    Args:
        parts: Name to the parts of an evidence bound.
        title: Heading of the section.
    """
    note = (
        "Mean over videos, times and places; each strip holds one level's channels, the most active first. The colour "
        f"ends at {FULLY_ACTIVE} nats; the line marks where channels fall below {ACTIVE}."
    )
    data = {name: {level: list(map(float, kl)) for level, kl in part.channels.items()} for name, part in parts.items()}
    return Figure(title, _draw(parts, "#1d2530"), _draw(parts, "#e6e9ee"), note=note, data=data)


def _likelihoods(results: Mapping[str, LikelihoodResult]) -> Table:
    columns = [Column("of"), Column("log probability (nats)", True), Column("bits per number", False)]
    columns += [Column("kind"), Column("numbers"), Column("videos")]
    rows: list[list[Cell]] = [
        [name, mean_interval(result.nats), mean_interval(result.bits), _kind(result), result.numbers, result.videos]
        for name, result in results.items()
    ]
    note = "Of whole videos, context left out; 95% interval over videos (Student's t). A bound is a lower one."
    return Table("Log likelihood", columns, rows, note=note)


def _kind(result: LikelihoodResult) -> str:
    return "exact" if result.exact else f"bound, {result.samples} draw{'s' * (result.samples > 1)}"


def _bounds(parts: Mapping[str, EvidenceParts]) -> Table:
    columns = [Column("of"), Column("ELBO (nats)", True), Column("loss + KL", False), Column("loss", False)]
    columns += [Column("KL (nats)"), Column("active channels (%)")]
    rows: list[list[Cell]] = []
    for name, part in parts.items():
        kl = np.sum(list(part.kl.values()), 0)
        figures = [mean_interval(values) for values in (part.elbo, part.objective, part.loss, kl)]
        rows.append([name, *figures, 100 * part.active()])
    note = (
        "From one draw of the latents. Loss + KL is what papers print as ELBO, without the density's constants. A "
        f"channel is active above {ACTIVE} nats."
    )
    return Table("Parts of the evidence bound", columns, rows, note=note)


def _levels(parts: Mapping[str, EvidenceParts]) -> Table:
    columns = [Column("of"), Column("level"), Column("KL (nats)"), Column("channels"), Column("active (%)")]
    rows: list[list[Cell]] = [
        [name, level, mean_interval(values), len(part.channels[level]), 100 * part.active(level)]
        for name, part in parts.items()
        for level, values in part.kl.items()
    ]
    return Table("Levels of latents", columns, rows)


def _draw(parts: Mapping[str, EvidenceParts], ink: str) -> bytes:
    import matplotlib
    import matplotlib.figure

    strips = [(f"{name}, {level}", kl) for name, part in parts.items() for level, kl in part.channels.items()]
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
