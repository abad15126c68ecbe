"""`worldmodels evaluate surprise`: whether a model's likelihood tells impossible events from possible ones."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from worldmodels.config import Settings
from worldmodels.errors import InputError
from worldmodels.evaluation.evaluation import Evaluation, Result, checkpoint_paths
from worldmodels.limits import Count, Device, Seed, Several, Whole

if TYPE_CHECKING:
    from worldmodels.evaluation.report import Report
    from worldmodels.evaluation.surprise import Events, SurpriseResult
    from worldmodels.model import WorldModel

CHANGE = "change of the frame"


@dataclass(frozen=True)
class SurpriseOptions(Settings):
    """AUROC of impossible events by log probability, beside that by prediction error, with 95% intervals.

    Attributes:
        checkpoints: One or more models of worlds without a choice of action; those with a likelihood are scored by it.
        events: "module:function" that makes the pairs, such as worldmodels_envs.impossible:random_walk.
        options: The function's arguments, as options.name=value.
        out: The report's folder.
        samples: Draws, where a likelihood is a bound.
        predictions: Of which the best counts as the prediction error; 0 leaves it out.
        batch_size: Videos at a time.
        seed: Of all draws.
        device: Where the models are.
    """

    checkpoints: Several
    events: str
    options: dict[str, Any] | None = None
    out: str = "runs/surprise"
    samples: Count = 1
    predictions: Whole = 8
    batch_size: Count = 32
    seed: Seed = 0
    device: Device = "cpu"


def evaluate(options: SurpriseOptions) -> Result:
    """Every checkpoint, and how much the frame changed, on the same pairs; figures are those of `figures`."""
    import worldmodels
    from worldmodels.abilities import Likelihood
    from worldmodels.evaluation.surprise import change, evaluate_surprise, figures, prediction_error, surprise

    events, kinds = make_events(options)
    results: dict[str, SurpriseResult] = {}
    for path in checkpoint_paths(options.checkpoints):
        model = worldmodels.load(path, device=options.device)
        _check(path, model, events)
        common: dict[str, Any] = {"batch_size": options.batch_size, "device": options.device}
        if isinstance(model, Likelihood):
            score = surprise(model, samples=options.samples, seed=options.seed)
            results[path] = evaluate_surprise(score, events, least_context=model.least_context, **common)
        if options.predictions:
            error = prediction_error(model, samples=options.predictions, seed=options.seed)
            results[f"{path}, prediction error"] = evaluate_surprise(error, events, **common)
    results[CHANGE] = evaluate_surprise(change, events, batch_size=options.batch_size)
    found = {name: dict(figures(result, kinds)) for name, result in results.items()}
    for path in checkpoint_paths(options.checkpoints):
        # Beside a model's own figures too, where a claim looks for them.
        errors = found.get(f"{path}, prediction error", {})
        found.setdefault(path, {}).update({f"error_{name}": figure for name, figure in errors.items()})
    return Result(found, _report(results, kinds, options))


def make_events(options: SurpriseOptions) -> tuple[Events, tuple[str, ...]]:
    """The pairs, and the names of their kinds, which the function's module has as `KINDS`.

    Raises:
        InputError: where there is no such function, or it refuses its arguments.
    """
    module, _, name = options.events.partition(":")
    try:
        place = importlib.import_module(module)
        function = getattr(place, name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"events={options.events} is not module:function, or cannot be imported: {error}.") from error
    try:
        events = function(**(options.options or {}))
    except (TypeError, ValueError) as error:
        raise InputError(f"{options.events} refuses its options: {error}.") from error
    kinds = tuple(getattr(place, "KINDS", ())) or tuple(map(str, range(int(max(events.kinds)) + 1)))
    return events, kinds


def _check(path: str, model: WorldModel, events: Events) -> None:
    channel, height, width = model.spec.frame_shape
    given = tuple(events.possible.shape[2:])
    if given != (height, width, channel):
        raise InputError(f"{path} takes frames of {(height, width, channel)}, the events are of {given}.")


def _report(results: Mapping[str, SurpriseResult], kinds: tuple[str, ...], options: SurpriseOptions) -> Report:
    from worldmodels.evaluation.intervals import mean_interval
    from worldmodels.evaluation.report import Column, Curve, Report, Table, curves_figure
    from worldmodels.evaluation.surprise import figures

    some = next(iter(results.values()))
    present = [name for kind, name in enumerate(kinds) if (some.kinds == kind).any()]
    table = Table(
        "Telling impossible events",
        [Column("by"), *(Column(name, True) for name in ("all events", *present))],
        [[name, *figures(result, kinds).values()] for name, result in results.items()],
        note=f"AUROC with 95% interval over {len(some.kinds)} pairs of videos that are the same up to the event.",
    )
    report = Report("Surprise", {"events": options.events, "options": options.options, "seed": options.seed})
    report.add(table)
    for name, result in results.items():
        courses = {"possible": result.possible, "impossible": result.impossible}
        curves = [Curve(label, list(result.times), [*map(mean_interval, rows.T)]) for label, rows in courses.items()]
        marks = {"event": float(result.time)}
        report.add(curves_figure(f"Surprise: {name}", curves, xlabel="frame", ylabel="score", marks=marks))
    return report


EVALUATION = Evaluation("surprise", SurpriseOptions, evaluate)
