"""`worldmodels evaluate parameters`: how many numbers a model has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from worldmodels.config import Settings
from worldmodels.evaluation.evaluation import Evaluation, Result, exactly
from worldmodels.limits import Count, Width


@dataclass(frozen=True)
class ParameterOptions(Settings):
    """Counts a model's parameters.

    Attributes:
        model: A plugin's name.
        preset: One of its named configurations.
        config: Its settings, over the preset's.
        frame: Channels, height and width of the frames.
        choices: How many actions there are; null for none.
        out: The report's folder.
    """

    model: str
    preset: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    frame: tuple[Width, Width, Width] = (3, 64, 64)
    choices: Count | None = None
    out: str = "runs/parameters"


def count(options: ParameterOptions) -> Result:
    """Parameters by the model's name."""
    from gymnasium.spaces import Discrete

    from worldmodels.evaluation.report import Column, Report, Table
    from worldmodels.plugins import create
    from worldmodels.spec import WorldSpec

    space = None if options.choices is None else Discrete(options.choices)
    model = create(options.model, WorldSpec(options.frame, space), preset=options.preset, config=options.config)
    numbers = {name: sum(p.numel() for p in part.parameters()) for name, part in model.named_children()}
    total = sum(parameter.numel() for parameter in model.parameters())
    rows = [*numbers.items(), ("all", total)]
    report = Report("Parameters", {"model": options.model, "preset": options.preset or "default"})
    report.add(Table("Parameters", [Column("part"), Column("parameters")], rows))
    return Result({options.model: {"parameters": exactly(total)}}, report)


EVALUATION = Evaluation("parameters", ParameterOptions, count)
