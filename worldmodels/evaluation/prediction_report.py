"""The report of video prediction: one table, curves over time, videos."""

from __future__ import annotations

from collections.abc import Mapping

from worldmodels.errors import InputError
from worldmodels.evaluation.factors import NOTHING, factor_table
from worldmodels.evaluation.intervals import paired_difference
from worldmodels.evaluation.metrics import FrameMetric
from worldmodels.evaluation.prediction import PredictionResult
from worldmodels.evaluation.report import Cell, Column, Curve, Figure, Report, Table, VideoStrips, curves_figure


def prediction_report(
    results: Mapping[str, PredictionResult],
    *,
    title: str = "Video prediction",
    provenance: Mapping[str, object] | None = None,
) -> Report:
    """All predictors in one table and in the same plots.

    Args:
        results: Name to result, measured on the same clips; differences in pairs are to the first one.
        title: Title of the page.
        provenance: Where the figures are from.

    Raises:
        InputError: where there is no result.
    """
    if not results:
        raise InputError("there is no result to report.")
    report = Report(title, provenance)
    report.add(_table(results))
    if len(results) > 1:
        report.add(*_differences(results))
    report.add(*(_curve(results, metric) for metric in _metrics(results)))
    if any(result.disagreement for result in results.values()):
        report.add(_disagreement(results))
    report.add(*(_strips(name, result) for name, result in results.items() if result.strips))
    for result in results.values():
        for metric, reason in result.left_out.items():
            report.leave_out(metric, reason)
    return report


def by_factor(plain: Mapping[str, PredictionResult], varied: Mapping[str, Mapping[str, PredictionResult]]) -> Table:
    """The predictors where nothing varies, and under each factor of variation, on clips of their own.

    Args:
        plain: Name to result.
        varied: Factor to name to result.
    """
    metrics = _metrics(plain)
    found = {
        factor: {
            name: [result.scores[m.name].estimate if m.name in result.scores else None for m in metrics]
            for name, result in results.items()
        }
        for factor, results in {NOTHING: plain, **varied}.items()
    }
    return factor_table(found, [Column(m.label, m.higher_is_better) for m in metrics])


def _metrics(results: Mapping[str, PredictionResult]) -> list[FrameMetric]:
    """Every metric that any predictor has, in the order in which they were asked for."""
    metrics = {name: scores.metric for result in results.values() for name, scores in result.scores.items()}
    return list(metrics.values())


def _table(results: Mapping[str, PredictionResult]) -> Table:
    metrics = _metrics(results)
    has_fvd = any(result.fvd is not None for result in results.values())
    columns = [Column("predictor"), *(Column(m.label, m.higher_is_better) for m in metrics)]
    columns += [Column("FVD", False)] * has_fvd + [Column("samples"), Column("clips")]
    rows = []
    for name, result in results.items():
        row: list[Cell] = [name]
        row += [result.scores[m.name].estimate if m.name in result.scores else None for m in metrics]
        row += [result.fvd] if has_fvd else []
        rows.append([*row, result.samples, result.videos])
    return Table("Prediction", columns, rows, note=_protocol(results))


def _protocol(results: Mapping[str, PredictionResult]) -> str:
    settings = sorted({(r.context, r.horizon) for r in results.values()})
    frames = "; ".join(f"{context} frames shown, {horizon} predicted" for context, horizon in settings)
    fvd = " FVD: first samples, frames shown included." * any(r.fvd is not None for r in results.values())
    share = max(result.still for result in results.values())
    still = f" The {share:.0%} of the true frames that equal the one before are left out." if share else ""
    return (
        f"{frames}. Best sample of each clip, chosen by its mean over time and separately for each metric; "
        f"95% interval over clips (Student's t).{still}{fvd}"
    )


def _differences(results: Mapping[str, PredictionResult]) -> list[Table]:
    """The first predictor minus each other one, clip by clip; none where the clips are not the same."""
    (first, reference), *others = results.items()
    others = [(name, result) for name, result in others if result.videos == reference.videos]
    metrics = [m for m in _metrics(results) if all(m.name in r.scores for r in results.values())]
    rows: list[list[Cell]] = [
        [name]
        + [paired_difference(reference.scores[m.name].per_video, result.scores[m.name].per_video) for m in metrics]
        for name, result in others
    ]
    columns = [Column(f"{first} minus"), *(Column(m.label) for m in metrics)]
    return [Table("Difference, clip by clip", columns, rows)] if rows else []


def _curve(results: Mapping[str, PredictionResult], metric: FrameMetric) -> Figure:
    curves = [
        Curve(name, range(1, result.horizon + 1), result.scores[metric.name].curve)
        for name, result in results.items()
        if metric.name in result.scores
    ]
    better = "higher" if metric.higher_is_better else "lower"
    return curves_figure(
        f"{metric.label} over time",
        curves,
        xlabel="predicted frame",
        ylabel=metric.label,
        marks=_marks(results),
        note=f"Mean over clips with its 95% band; {better} is better.",
    )


def _disagreement(results: Mapping[str, PredictionResult]) -> Figure:
    curves = [
        Curve(name, range(1, result.horizon + 1), result.disagreement)
        for name, result in results.items()
        if result.disagreement
    ]
    return curves_figure(
        "Disagreement of samples over time",
        curves,
        xlabel="predicted frame",
        ylabel="std over samples",
        marks=_marks(results),
        note="Standard deviation over the samples of a clip, averaged over pixels, with frames in [0, 1].",
    )


def _marks(results: Mapping[str, PredictionResult]) -> dict[str, float]:
    """Where training clips ended; one line for each different place."""
    trained = {name: r.trained_horizon for name, r in results.items() if r.trained_horizon is not None}
    places = sorted(set(trained.values()))
    if len(places) == 1:
        return {"trained horizon": places[0]}
    return {f"trained: {', '.join(n for n, h in trained.items() if h == x)}": x for x in places}


def _strips(name: str, result: PredictionResult) -> VideoStrips:
    return VideoStrips(f"Videos: {name}", result.strips, note=_strip_note(result))


def _strip_note(result: PredictionResult) -> str:
    if result.samples == 1:
        return "The first clips, not chosen."
    metric = next(iter(result.scores.values())).metric.label
    return f"The first clips, not chosen; best and worst of {result.samples} samples by {metric}."
