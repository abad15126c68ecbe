"""The paper's claims on a trained checkpoint, in about a minute.

    python -m experiments.walk_claims [CHECKPOINT] --videos 200 --out FOLDER

Rules and objects on atomic moves, transfer of dynamics to known balls, and inner iterations on compositions of up to
five moves, never seen in training; without a checkpoint, of the one that is shipped. Needs worldmodels-envs.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from experiments.transfer import transfer
from experiments.walk_recipe import describe, evaluate
from worldmodels.evaluation.intervals import Estimate, mean_interval
from worldmodels.evaluation.report import Column, Curve, Report, Table, curves_figure
from worldmodels_vim import SHIPPED
from worldmodels_vim.checkpoints import load_vim
from worldmodels_vim.evaluate import RulesOptions, make_truth
from worldmodels_vim.model import VIM
from worldmodels_vim.rules import follow
from worldmodels_vim.rules_report import rules_report

INNER = (1, 2, 3, 4, 5, 6, 7, 8)
COMPOSED_LENGTH = 10
UNSEEN: dict[str, dict[str, object]] = {
    "shape, size and colour": {},
    "shape and colour": {"radii": [3]},
    "size and colour": {"shapes": ["ball"]},
    "colour": {"radii": [3], "shapes": ["ball"]},
}
"""Changes to Random Walk's variant "out_of_distribution"."""
MOVES, STAYS = "every iteration moves a slot", "a slot may stay"


def refine(model: VIM, videos: int, stays: bool) -> dict[int, Estimate]:
    """Distance of slots from balls (px) that make up to five moves a frame, by the number of inner iterations.

    Args:
        model: Its settings are left as they were.
        videos: How many.
        stays: Whether a slot may stay, see `VIMConfig`; without, every iteration moves it.
    """
    truth = make_truth(RulesOptions("", variant="compositional_5", videos=videos, length=COMPOSED_LENGTH))
    trained, errors = (model.inner, model.stays), {}
    for inner in INNER:
        model.inner, model.stays = inner, stays
        followed = follow(model, truth).distances[:, 1:]
        errors[inner] = mean_interval(followed.double().flatten(1).mean(1).cpu().numpy())
    model.inner, model.stays = trained
    return errors


def carry_over(model: VIM, videos: int) -> dict[str, Estimate]:
    """The share of the moves of unseen objects that known balls make, by what is unseen of the objects."""
    rights = {name: transfer(model, videos, options=options).right for name, options in UNSEEN.items()}
    return {name: mean_interval(right.double().flatten(1).mean(1).cpu().numpy()) for name, right in rights.items()}


def claims(model: VIM, videos: int = 200) -> tuple[Report, dict[str, Any]]:
    """All of them, as a report and as figures in JSON types."""
    found = evaluate(model, videos)
    carried = carry_over(model, videos)
    refined = {name: refine(model, max(2, videos // 4), name == STAYS) for name in (MOVES, STAYS)}
    report = rules_report(found, {"videos": videos})
    columns = [Column("unseen"), Column("moves carried over")]
    report.add(Table("Transfer of unseen objects' dynamics to known balls", columns, list(carried.items())))
    curves = [Curve(name, list(errors), list(errors.values())) for name, errors in refined.items()]
    note = f"Up to five moves a frame, never seen in training; videos of {COMPOSED_LENGTH} frames, the first left out."
    report.add(curves_figure("Inner iterations", curves, xlabel="iterations", ylabel="ball error (px)", note=note))
    figures = {name: describe(result) for name, result in found.items()}
    iterations = {
        name: {str(inner): float(np.round(error.mean, 4)) for inner, error in errors.items()}
        for name, errors in refined.items()
    }
    return report, {
        **figures,
        "transfer": {name: moved.to_json() for name, moved in carried.items()},
        "inner_iterations_px": iterations,
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m experiments.walk_claims")
    parser.add_argument("checkpoint", nargs="?", type=Path, default=SHIPPED)
    parser.add_argument("--videos", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("runs/vim_claims"))
    given = parser.parse_args()
    report, figures = claims(load_vim(given.checkpoint), given.videos)
    print(json.dumps(figures))
    print(f"report: {report.write(given.out)}")


if __name__ == "__main__":
    main()
