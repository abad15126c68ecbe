"""`worldmodels compare`: trained models side by side in one report, each in the world that it was trained for."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from worldmodels.cli.options import read
from worldmodels.cli.table import show_report
from worldmodels.config import Settings, build_config
from worldmodels.errors import InputError, WorldModelsError
from worldmodels.evaluation.evaluation import (
    RESULT,
    Evaluation,
    Result,
    checkpoint_paths,
    evaluations,
    exactly,
    load_evaluation,
)
from worldmodels.limits import Device, Filled, Seed, Several
from worldmodels.whole import check_place, sweep

if TYPE_CHECKING:
    from worldmodels.evaluation.intervals import Estimate
    from worldmodels.evaluation.report import Cell, Report, Table
    from worldmodels.model import WorldModel

BETTER = {"psnr": True, "ssim": True, "lpips": False, "bits": False, "success": True, "reward": True}
"""The figures of the first table, of whichever evaluation, and whether more is better; all others are below it."""

SECONDS = 0.5
"""For which imagining is timed."""


@dataclass(frozen=True)
class CompareOptions(Settings):
    """Compares trained models: how well they predict, how probable they hold videos, how well one plans in them.

    Models of one world see the same episodes. What a model cannot do is left out, with the reason.

    Attributes:
        checkpoints: The models, such as [runs/srvp,runs/svg].
        evaluations: Those of `worldmodels evaluate` that take checkpoints.
        settings: Of each, such as settings.control.reward.head=distance settings.prediction.videos=32.
        variation: Factors of the world, or all: evaluations that can give their figures under each.
        out: The report's folder; each evaluation's own report is in a folder below.
        seed: Of all.
        device: Where the models are.
    """

    checkpoints: Several
    evaluations: Annotated[tuple[str, ...], Filled()] = ("prediction", "likelihood", "control")
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    variation: tuple[str, ...] = ()
    out: str = "runs/compare"
    seed: Seed = 0
    device: Device = "cpu"

    def __post_init__(self) -> None:
        super().__post_init__()
        strangers = [name for name in self.settings if name not in self.evaluations]
        if strangers:
            raise InputError(f"settings.{strangers[0]} given, but only {', '.join(self.evaluations)} are run.")


def run(words: Sequence[str]) -> None:
    """Compare, print the tables, and say where the report is."""
    options = read(CompareOptions, "compare", words)
    check_place(Path(options.out) / RESULT)
    sweep(Path(options.out))
    result = compare(options)
    result.report.provenance["command"] = " ".join(["worldmodels compare", *words])
    result.write(options.out)
    show_report(result.report, options.out)


def compare(options: CompareOptions) -> Result:
    """All evaluations of all models; figures are those of each evaluation, by checkpoint."""
    from worldmodels.evaluation.report import Report

    chosen = [load_evaluation(name) for name in options.evaluations if name in evaluations()]
    report = Report("Comparison", {"seed": options.seed, "device": options.device})
    for name in options.evaluations:
        if name not in evaluations():
            report.leave_out(name, "no installed distribution has it")
    figures: dict[str, dict[str, Estimate]] = {}
    results: list[Result] = []
    for world, paths in _by_world(options).items():
        for path in paths:
            figures[path] = _facts(path, options.device)
        for evaluation in chosen:
            for asked in _calls(evaluation, paths):
                with _leaving_out(report, f"{evaluation.name} of {', '.join(asked)}"):
                    results.append(_evaluate(options, evaluation, asked, f"{world}_{evaluation.name}"))
    for result in results:
        for subject, found in result.figures.items():
            figures.setdefault(subject, {}).update(found)
    report.add(_table(figures))
    for result in results:
        report.add(*result.report.sections)
        report.left_out.update(result.report.left_out)
    return Result(figures, report)


def _by_world(options: CompareOptions) -> dict[str, list[str]]:
    """Checkpoints by the world that they were trained in, a short name for each."""
    from worldmodels.cli.videos import own_world

    found: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for path in checkpoint_paths(options.checkpoints):
        world = own_world(path)
        recipe = json.dumps(world.to_json(), sort_keys=True)
        short = world.id.rpartition("/")[2].lower()
        name = names.setdefault(recipe, short if short not in names.values() else f"{short}_{len(names)}")
        found.setdefault(name, []).append(path)
    return found


def _calls(evaluation: Evaluation[Any], paths: list[str]) -> list[list[str]]:
    """All models at once where an evaluation takes several, so that they see the same episodes."""
    known = {part.name for part in fields(evaluation.config)}
    if not known & {"checkpoints", "checkpoint"}:
        raise InputError(f"{evaluation.name} takes no checkpoints, so it compares none.")
    # Not every model has a likelihood; one that has not must not stop the others.
    return [paths] if "checkpoints" in known and evaluation.name != "likelihood" else [[path] for path in paths]


def _evaluate(options: CompareOptions, evaluation: Evaluation[Any], paths: list[str], folder: str) -> Result:
    known = {part.name for part in fields(evaluation.config)}
    single = f"_{Path(paths[0]).name}" if len(paths) == 1 else ""
    given: dict[str, Any] = {"seed": options.seed, "device": options.device, "variation": options.variation}
    given["out"] = str(Path(options.out) / f"{folder}{single}")
    values = {name: value for name, value in given.items() if name in known}
    values |= {"checkpoints": tuple(paths)} if "checkpoints" in known else {"checkpoint": paths[0]}
    result = evaluation.run(build_config(evaluation.config, values | options.settings.get(evaluation.name, {})))
    result.write(values["out"])
    return result


@contextmanager
def _leaving_out(report: Report, what: str) -> Iterator[None]:
    """What a model cannot do, or lacks a setting for, is said in the report."""
    try:
        yield
    except WorldModelsError as error:
        report.leave_out(what, " ".join(str(error).split()))


def _facts(path: str, device: str) -> dict[str, Estimate]:
    """Parameters, imagined steps a second of one rollout, and the steps that the training took where it is known."""
    import worldmodels
    from worldmodels.checkpoints import find, read_config

    model = worldmodels.load(path, device=device)
    found = {"parameters": exactly(sum(parameter.numel() for parameter in model.parameters()))}
    found["imagined_steps_per_s"] = exactly(_speed(model))
    trained = (read_config(find(path)).get("provenance") or {}).get("step")
    return found if trained is None else found | {"training_steps": exactly(trained)}


def _speed(model: WorldModel) -> float:
    import torch

    frames = torch.rand(1, max(model.minimum_frames, 2), *model.spec.frame_shape, device=model.device)
    action = torch.zeros(1, model.codec.dim, device=model.device) if model.codec.dim else None
    acted = None if action is None else action.unsqueeze(1).expand(-1, frames.shape[1] - 1, -1)
    belief = model.step(model.observe(frames, acted), action)
    steps, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < SECONDS:
        belief = model.step(belief, action)
        steps += 1
    return steps / (time.perf_counter() - begun)


def _table(figures: Mapping[str, Mapping[str, Estimate]]) -> Table:
    from worldmodels.evaluation.report import Column, Table

    facts = ("parameters", "training_steps", "imagined_steps_per_s")
    shown = [name for name in (*BETTER, *facts) if any(name in found for found in figures.values())]
    columns = [Column("model or baseline"), *(Column(name.replace("_", " "), BETTER.get(name)) for name in shown)]
    rows: list[list[Cell]] = [
        [subject, *(int(found[n].mean) if n in facts and n in found else found.get(n) for n in shown)]
        for subject, found in figures.items()
    ]
    return Table("All models", columns, rows, note="95% intervals; what each figure is, its own section says below.")
