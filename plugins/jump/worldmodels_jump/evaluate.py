"""`worldmodels evaluate narratives`: whether what a model tells at several times belongs to one story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from worldmodels.config import Settings
from worldmodels.errors import InputError
from worldmodels.evaluation.evaluation import Evaluation, Result, checkpoint_paths
from worldmodels.evaluation.intervals import Estimate
from worldmodels.limits import Count, Limit, Seed, Several

if TYPE_CHECKING:
    from worldmodels.evaluation.report import Report


@dataclass(frozen=True)
class NarrativesOptions(Settings):
    """Consistency, coherence and the best of some samples, on stories made for it.

    Attributes:
        checkpoints: One or more JUMPs, such as [runs/reaction,runs/factored].
        out: The report's folder.
        variant: Of the narratives, such as "reaction" or "salesman_3".
        options: Changes to the variant, as options.name=value.
        videos: How many.
        samples: Of each video's last frame.
        seed: Of the videos.
    """

    checkpoints: Several
    out: str = "runs/narratives"
    variant: str = "reaction"
    options: dict[str, Any] | None = None
    videos: Annotated[int, Limit(2, 100_000)] = 256
    samples: Count = 30
    seed: Seed = 1


def evaluate(options: NarrativesOptions) -> Result:
    """Every checkpoint on the same stories; the figures are those of `narratives.measure`."""
    import torch

    import worldmodels

    try:
        from worldmodels_envs import narratives
    except ImportError as error:
        raise InputError("evaluate narratives makes its videos with worldmodels-envs; install that package.") from error
    from worldmodels_jump.model import JUMP
    from worldmodels_jump.narratives import measure

    try:
        config = narratives.resolve_config(options.variant, **(options.options or {}))
        data = narratives.generate(config, options.videos, config.length, seed=options.seed)
    except (ValueError, TypeError) as error:
        raise InputError(f"narratives refuse these options: {error}.") from error
    figures: dict[str, dict[str, Estimate]] = {}
    for path in checkpoint_paths(options.checkpoints):
        model = worldmodels.load(path)
        if not isinstance(model, JUMP):
            raise InputError(f"{path} is a {type(model).__name__}; evaluate narratives takes JUMP's checkpoints.")
        if model.spec.frame_shape[1:] != (config.size, config.size):
            raise InputError(
                f"{path} takes frames of {model.spec.frame_shape}, these are {config.size} x {config.size}."
            )
        torch.manual_seed(options.seed)
        figures[path] = measure(model, config, data, options.samples)
    return Result(figures, _report(figures, options))


def _report(figures: dict[str, dict[str, Estimate]], options: NarrativesOptions) -> Report:
    from worldmodels.evaluation.report import Column, Report, Table

    names = list(next(iter(figures.values())))
    table = Table(
        "Narratives",
        [Column("model"), *(Column(name.replace("_", " ")) for name in names)],
        [[path, *found.values()] for path, found in figures.items()],
        note=f"{options.videos} stories, {options.samples} samples of each.",
    )
    return Report("Narratives", {"variant": options.variant, "seed": options.seed}).add(table)


EVALUATION = Evaluation("narratives", NarrativesOptions, evaluate)
