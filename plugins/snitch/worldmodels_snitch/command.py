"""`worldmodels evaluate snitch`: how well the snitch is found from what checkpoints believe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Literal

from worldmodels.evaluation.evaluation import Evaluation, Result, checkpoint_paths
from worldmodels.evaluation.intervals import Estimate
from worldmodels.limits import Limit
from worldmodels_snitch.config import FitConfig


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
    threads: Annotated[int, Limit(1, 1024)] | None = None


def evaluate(options: SnitchOptions) -> Result:
    """Every checkpoint and baseline on the same videos; figures are those of `figures`."""
    from pathlib import Path

    import torch

    import worldmodels
    from worldmodels_snitch.evaluation import SnitchTask, evaluate_snitch
    from worldmodels_snitch.head import SnitchHeadConfig
    from worldmodels_snitch.labelled_videos import read_videos
    from worldmodels_snitch.report import snitch_groups, snitch_report

    if options.threads is not None:
        torch.set_num_threads(options.threads)
    fitting = {setting.name: getattr(options, setting.name) for setting in fields(FitConfig)}
    task = SnitchTask(
        read_videos(options.data),
        read_videos(options.test),
        Path(options.out),
        FitConfig(**fitting),
        SnitchHeadConfig(options.layers, options.width, options.attention),
        options.read,
    )
    models = {path: worldmodels.load(path, device=options.device) for path in checkpoint_paths(options.checkpoints)}
    result = evaluate_snitch(task, models, options.baselines)
    counts = {"training videos": len(task.train), "test videos": len(task.test)}
    provenance = {"data": options.data, "test": options.test, **fitting, **counts}
    return Result(figures(snitch_groups(result)), snitch_report(result, provenance=provenance))


def figures(groups: Mapping[str, Mapping[str, Mapping[str, Estimate]]]) -> dict[str, dict[str, Estimate]]:
    """Predictor to `top1` and `top5` in per cent and `l1` in cells, also by group, such as `top1_contained`."""
    found: dict[str, dict[str, Estimate]] = {}
    for group, predictors in groups.items():
        end = "" if group == "all" else f"_{group.replace(' ', '_')}"
        for name, metrics in predictors.items():
            found.setdefault(name, {}).update({f"{metric}{end}": figure for metric, figure in metrics.items()})
    return found


EVALUATION = Evaluation("snitch", SnitchOptions, evaluate)
