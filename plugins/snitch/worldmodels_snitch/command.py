"""`worldmodels evaluate snitch`: how well the snitch is found from what checkpoints believe."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

from worldmodels.cli.options import read
from worldmodels.cli.table import show_report
from worldmodels_snitch.config import FitConfig

if TYPE_CHECKING:
    from worldmodels.evaluation.report import Report


@dataclass(frozen=True, kw_only=True)
class SnitchOptions(FitConfig):
    """CATER's snitch localisation by a transformer over a model's features or slots, beside baselines.

    Attributes:
        data: The data set to learn from; `worldmodels cater` writes one.
        test: The data set to ask about.
        checkpoints: Trained models, such as [runs/srvp,runs/svg].
        out: The report's folder; what was computed is kept there, and a run that was cut short goes on.
        baselines: Any of chance, last_seen, tracker, cnn_lstm and true_positions.
        read: What the head reads of a model: its features, its slots, or slots where it has some (auto).
        layers: Transformer layers of the head.
        width: Width of the head.
        attention: Attention heads of the head.
        threads: PyTorch's threads.
    """

    data: str
    test: str
    checkpoints: str | tuple[str, ...] = ()
    out: str = "runs/snitch"
    baselines: tuple[str, ...] = ("chance", "last_seen", "tracker", "cnn_lstm", "true_positions")
    read: Literal["auto", "features", "slots"] = "auto"
    layers: int = 12
    width: int = 128
    attention: int = 8
    threads: int | None = None


def run(words: Sequence[str]) -> None:
    """Evaluate, print the table, and say where the report is."""
    options = read(SnitchOptions, "evaluate snitch", words)
    command = shlex.join(["worldmodels", "evaluate", "snitch", *words])
    show_report(evaluate(options, command), options.out)


def evaluate(options: SnitchOptions, command: str | None = None) -> Report:
    """Every checkpoint and baseline on the same videos."""
    from pathlib import Path

    import torch

    import worldmodels
    from worldmodels_snitch.evaluation import SnitchTask, evaluate_snitch
    from worldmodels_snitch.head import SnitchHeadConfig
    from worldmodels_snitch.report import snitch_report
    from worldmodels_snitch.labelled_videos import read_videos

    if options.threads is not None:
        torch.set_num_threads(options.threads)
    paths = (options.checkpoints,) if isinstance(options.checkpoints, str) else options.checkpoints
    fitting = {setting.name: getattr(options, setting.name) for setting in fields(FitConfig)}
    task = SnitchTask(
        read_videos(options.data),
        read_videos(options.test),
        Path(options.out),
        FitConfig(**fitting),
        SnitchHeadConfig(options.layers, options.width, options.attention),
        options.read,
    )
    models = {path: worldmodels.load(path, device=options.device) for path in paths}
    result = evaluate_snitch(task, models, options.baselines)
    facts = {"data": options.data, "test": options.test, **fitting}
    counts = {"training videos": len(task.train), "test videos": len(task.test)}
    return snitch_report(result, provenance={"command": command, **facts, **counts})
