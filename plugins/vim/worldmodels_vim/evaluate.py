"""`worldmodels evaluate rules`: which rules and objects models of modules have found in Random Walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from worldmodels.config import Settings
from worldmodels.errors import InputError
from worldmodels.evaluation.evaluation import Evaluation, Result, checkpoint_paths, exactly
from worldmodels.evaluation.intervals import Estimate
from worldmodels.limits import Count, Device, Limit, Seed, Several

if TYPE_CHECKING:
    from worldmodels_vim.rules import Findings, Truth


@dataclass(frozen=True)
class RulesOptions(Settings):
    """Modules against true moves, masks against true balls, on videos made for it.

    Attributes:
        checkpoints: One or more trained models of modules, such as [runs/vim,runs/scoff].
        out: The report's folder.
        variant: Of Random Walk: "atomic", "compositional", "compositional_5" or "out_of_distribution".
        options: Changes to the variant, as options.name=value.
        videos: How many.
        length: Frames of each, at least 2.
        inner: Selections and updates between two frames, where it should not be the model's own.
        stays: Whether a slot may stay, of several selections; where it should not be the model's own.
        seed: Of the videos.
        device: Where the models are.
    """

    checkpoints: Several
    out: str = "runs/rules"
    variant: str = "atomic"
    options: dict[str, object] | None = None
    videos: Count = 200
    length: Annotated[int, Limit(2, 1000)] = 20
    inner: Annotated[int, Limit(1, 64)] | None = None
    stays: bool | None = None
    seed: Seed = 1_000_000
    device: Device = "cpu"


def evaluate(options: RulesOptions) -> Result:
    """Every checkpoint on the same videos; the figures are those of `figures`."""
    from worldmodels_vim.rules_report import rules_report

    truth = make_truth(options)
    results = {path: _findings(path, truth, options) for path in checkpoint_paths(options.checkpoints)}
    provenance = {"variant": options.variant, "options": options.options, "videos": options.videos}
    report = rules_report(results, provenance | {"length": options.length, "seed": options.seed})
    return Result({path: figures(found) for path, found in results.items()}, report)


def figures(found: Findings) -> dict[str, Estimate]:
    """The main figures: purity, foreground ARI, squared errors summed over a frame, ball error, and KLs in nats."""
    from worldmodels_vim.rules_report import SHORT, interval

    followed, table = found.followed, found.table
    every = followed.errors.shape[1]
    named = {
        "foreground_ari": followed.agreement,
        f"mse_{SHORT}": found.error(SHORT),
        f"mse_{every}": found.error(every),
        "ball_error_px": followed.distances,
        "module_kl": followed.module_kl,
        "update_kl": followed.update_kl,
    }
    measured = {name: interval(values) for name, values in named.items()}
    if table is not None:
        measured["purity"] = exactly(table.purity)
        measured["unmatched"] = exactly(table.unmatched)
        measured["worst_rule_purity"] = exactly(min(table.by_rule))
    return measured


def make_truth(options: RulesOptions) -> Truth:
    """The videos, and what is true of them.

    Raises:
        InputError: where the generators are not installed, or refuse the options.
    """
    if options.length < 2:
        raise InputError(f"length={options.length} given; a rule leads from one frame to another.")
    from worldmodels_vim.rules import Truth

    try:
        from worldmodels_envs.random_walk import generate, resolve_config
    except ImportError as error:
        raise InputError("evaluate rules makes its videos with worldmodels-envs; install that package.") from error
    try:
        config = resolve_config(options.variant, **(options.options or {}))
        arrays = generate(config, options.videos, options.length, options.seed, masks=True)
    except (ValueError, TypeError) as error:
        raise InputError(str(error)) from error
    return Truth.of(arrays, options.device)


def _findings(path: str, truth: Truth, options: RulesOptions) -> Findings:
    from worldmodels_vim.checkpoints import load_vim
    from worldmodels_vim.rules import findings

    model = load_vim(path, options.device)
    if tuple(truth.frames.shape[2:]) != model.spec.frame_shape:
        raise InputError(f"{path} is for frames {model.spec.frame_shape}, Random Walk's are {truth.frames.shape[2:]}.")
    model.inner = options.inner or model.inner
    model.stays = model.stays if options.stays is None else options.stays
    return findings(model, truth)


EVALUATION = Evaluation("rules", RulesOptions, evaluate)
