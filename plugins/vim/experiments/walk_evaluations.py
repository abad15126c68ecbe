"""Transfer of dynamics, and planning with modules for actions, as evaluations that claims name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldmodels.evaluation.evaluation import Evaluation, Result, exactly
from worldmodels.evaluation.intervals import Estimate
from worldmodels.evaluation.report import Column, Report, Table

UNSEEN = {
    "all_unseen": "shape, size and colour",
    "size_known": "shape and colour",
    "shape_known": "size and colour",
    "only_colour_unseen": "colour",
}
"""Figure to what of the objects is unseen, as `walk_claims.UNSEEN` names it."""


@dataclass(frozen=True)
class TransferOptions:
    """The share of the moves of unseen objects that known balls make under the same modules.

    Attributes:
        checkpoint: A model of Random Walk's balls.
        videos: How many.
        out: The report's folder.
    """

    checkpoint: str
    videos: int = 200
    out: str = "runs/transfer"


@dataclass(frozen=True)
class ReachOptions:
    """Success in RandomWalkReach by tree search over modules.

    Attributes:
        checkpoint: A model of Random Walk's balls, trained on frames alone.
        labelled_videos: Videos of 20 frames whose actions the model goes on learning from; 0 grounds actions in 20
            labelled steps instead.
        episodes: Real episodes.
        seed: Of everything.
        out: The report's folder, and that of the further training.
    """

    checkpoint: str
    labelled_videos: int = 0
    episodes: int = 200
    seed: int = 0
    out: str = "runs/reach_by_modules"


def transfer(options: TransferOptions) -> Result:
    """Figures by what of the objects is unseen, see `UNSEEN`."""
    from experiments.walk_claims import carry_over
    from worldmodels_vim.checkpoints import load_vim

    carried = carry_over(load_vim(options.checkpoint), options.videos)
    figures = {figure: carried[unseen] for figure, unseen in UNSEEN.items()}
    rows = [[unseen, carried[unseen]] for unseen in UNSEEN.values()]
    report = Report("Transfer", {"checkpoint": options.checkpoint, "videos": options.videos})
    report.add(Table("Moves carried over", [Column("unseen"), Column("share", True)], rows))
    return Result({options.checkpoint: figures}, report)


def reach(options: ReachOptions) -> Result:
    """Figures `success`, and `agreement` of the labelled steps with the modules, where these are grounded."""
    from experiments import reach_by_modules, reach_with_labels

    if options.labelled_videos:
        folder = Path(options.out) / "labelled"
        told = reach_with_labels.run(
            options.checkpoint, folder, options.labelled_videos, episodes=options.episodes, seed=options.seed
        )
    else:
        told = reach_by_modules.run(options.checkpoint, episodes=options.episodes, seed=options.seed)
    figures = _reached(told)
    report = Report("Reach", {"checkpoint": options.checkpoint, "seed": options.seed, "labels": told["labels"]})
    report.add(Table("Real episodes", [Column("figure"), Column("value")], list(figures.items())))
    return Result({options.checkpoint: figures}, report)


def _reached(told: Mapping[str, Any]) -> dict[str, Estimate]:
    figures = {"success": Estimate(**told["success"])}
    return figures | ({"agreement": exactly(told["agreement"])} if "agreement" in told else {})


TRANSFER = Evaluation("transfer", TransferOptions, transfer)
REACH = Evaluation("reach", ReachOptions, reach)
