"""Curves with interval bands, drawn once for light pages and once for dark ones."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
import matplotlib.figure
import numpy as np
from numpy.typing import ArrayLike

from worldmodels.evaluation.intervals import Estimate
from worldmodels.evaluation.report.sections import Figure

_COLOURS = ("#2f7ed8", "#f28c28", "#35a269", "#c2569d", "#8a6fd1", "#b59b1f", "#4bb3c3", "#8a939e")
_INK = {"light": "#1d2530", "dark": "#e6e9ee"}


@dataclass(frozen=True)
class Curve:
    """One line of a plot.

    Attributes:
        label: Its name in the legend.
        x: Where on the horizontal axis, ascending.
        y: A figure with interval, or a plain number, for each x.
    """

    label: str
    x: Sequence[float]
    y: Sequence[Estimate | float]


def curves_figure(
    title: str,
    curves: Sequence[Curve],
    *,
    xlabel: str,
    ylabel: str,
    marks: Mapping[str, float] | None = None,
    note: str = "",
) -> Figure:
    """A section that plots the curves with their 95% bands.

    Args:
        title: Heading of the section.
        curves: What to plot, in the order of the legend.
        xlabel: What x is, with its unit.
        ylabel: What y is, with its unit.
        marks: Label to x of vertical lines, such as where training clips end.
        note: A sentence below.
    """
    drawings = [_draw(curves, xlabel, ylabel, marks or {}, ink) for ink in (_INK["light"], _INK["dark"])]
    data = {"xlabel": xlabel, "ylabel": ylabel, "marks": dict(marks or {}), "curves": _data(curves)}
    return Figure(title, drawings[0], drawings[1], note=note, data=data)


def _draw(curves: Sequence[Curve], xlabel: str, ylabel: str, marks: Mapping[str, float], ink: str) -> bytes:
    settings: dict[str, Any] = {"svg.hashsalt": "worldmodels", "font.size": 10, "text.color": ink}
    with matplotlib.rc_context(settings):
        figure = matplotlib.figure.Figure(figsize=(7.2, 3.4), layout="constrained")
        axes = figure.add_subplot()
        for colour, curve in zip(_cycle(len(curves)), curves, strict=True):
            _plot(axes, curve, colour)
        _mark(axes, marks, ink)
        _dress(axes, xlabel, ylabel, ink)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return buffer.getvalue()


def _plot(axes: Any, curve: Curve, colour: str) -> None:
    mean, low, high = _columns(curve.y)
    style = {"marker": "o", "markersize": 3.5} if len(curve.x) <= 40 else {}
    axes.plot(curve.x, mean, color=colour, linewidth=1.8, label=curve.label, **style)
    axes.fill_between(curve.x, low, high, color=colour, alpha=0.2, linewidth=0)


def _mark(axes: Any, marks: Mapping[str, float], ink: str) -> None:
    for label, x in marks.items():
        axes.axvline(x, color=ink, linewidth=1, linestyle=(0, (4, 3)), alpha=0.7)
        axes.annotate(
            label,
            (x, 1),
            (4, -3),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            va="top",
            fontsize=8.5,
            color=ink,
        )


def _dress(axes: Any, xlabel: str, ylabel: str, ink: str) -> None:
    axes.set_xlabel(xlabel, color=ink)
    axes.set_ylabel(ylabel, color=ink)
    axes.tick_params(colors=ink)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.18, color=ink)
    axes.set_axisbelow(True)
    for name, spine in axes.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(ink)
    if axes.get_legend_handles_labels()[0]:
        axes.figure.legend(loc="outside upper center", frameon=False, ncols=4, labelcolor=ink)


def _columns(values: Sequence[Estimate | float]) -> tuple[ArrayLike, ArrayLike, ArrayLike]:
    rows = [(v.mean, v.low, v.high) if isinstance(v, Estimate) else (v, v, v) for v in values]
    mean, low, high = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    return mean, low, high


def _data(curves: Sequence[Curve]) -> list[dict[str, Any]]:
    return [{"label": c.label, "x": list(c.x), "y": list(c.y)} for c in curves]


def _cycle(count: int) -> list[str]:
    return [_COLOURS[i % len(_COLOURS)] for i in range(count)]
