"""`worldmodels evaluate prediction`: how well checkpoints foresee recorded videos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from worldmodels.cli.videos import batches, beginnings, own_episodes, own_world
from worldmodels.config import Settings
from worldmodels.errors import InputError
from worldmodels.evaluation.evaluation import Evaluation, Result, checkpoint_paths, exactly
from worldmodels.evaluation.intervals import Estimate, mean_interval, paired_difference
from worldmodels.limits import Count, Device, Filled, NotNegative, Seed, Several

if TYPE_CHECKING:
    from worldmodels.evaluation.prediction import PredictionResult
    from worldmodels.model import WorldModel

BASELINE = "copy last frame"


@dataclass(frozen=True)
class PredictionOptions(Settings):
    """Best of N samples against copying the last frame, with 95% intervals, curves and videos.

    Attributes:
        checkpoints: One or more trained models, such as [runs/srvp,runs/svg].
        data: The recorded episodes, of which the first frames of each that is long enough are used; by default fresh
            ones of the first checkpoint's own world.
        out: The report's folder.
        context: Frames shown.
        horizon: Frames predicted.
        samples: Samples of each video; the best counts, separately for each metric.
        videos: The most videos to use.
        batch_size: Videos at a time.
        metrics: Any of psnr, ssim and lpips.
        at: Predicted frames, counted from 1, whose figures are also given apart, such as [10,20].
        fvd: I3D weights (a file of tensors), for the Frechet video distance.
        variation: Factors of the first checkpoint's own world, such as [colours], or all: figures are given under each
            as well, on fresh episodes in which it alone is drawn anew.
        trained_horizon: The most frames that the models were trained to predict, marked in the curves.
        temperature: Scales the noise of every latent.
        seed: Of the samples.
        device: Where the models are.
    """

    checkpoints: Several
    data: str | None = None
    out: str = "runs/prediction"
    context: Count = 5
    horizon: Count = 20
    samples: Count = 100
    videos: Count = 256
    batch_size: Count = 32
    metrics: Annotated[tuple[Literal["psnr", "ssim", "lpips"], ...], Filled()] = ("psnr", "ssim", "lpips")
    at: tuple[int, ...] = ()
    fvd: str | None = None
    variation: tuple[str, ...] = ()
    trained_horizon: Count | None = None
    temperature: NotNegative = 1.0
    seed: Seed = 0
    device: Device = "cpu"


def evaluate(options: PredictionOptions) -> Result:
    """Every checkpoint and the copied last frame, on the same clips; figures are those of `figures`."""
    import worldmodels
    from worldmodels.evaluation.factors import factors_of
    from worldmodels.evaluation.prediction_report import by_factor, prediction_report

    if any(not 1 <= frame <= options.horizon for frame in options.at):
        raise InputError(f"at={list(options.at)} given; predicted frames are 1 to {options.horizon}.")
    paths = checkpoint_paths(options.checkpoints)
    factors = factors_of(own_world(paths[0]), options.variation) if options.variation else ()
    data = options.data or own_episodes(paths[0], options.out, options.videos, options.seed)
    models = {path: worldmodels.load(path, device=options.device) for path in paths}
    results = _measure(options, models, data)
    provenance = {"data": data, "samples": options.samples, "seed": options.seed, "device": options.device}
    report, found = prediction_report(results, provenance=provenance), figures(results, options.at)
    varied = {}
    for factor in factors:
        episodes = own_episodes(paths[0], options.out, options.videos, options.seed, factor)
        varied[factor] = _measure(options, models, episodes, strips=0)
        for subject, result in varied[factor].items():
            found[subject] |= {f"{name}_under_{factor}": scores.estimate for name, scores in result.scores.items()}
    if varied:
        report.add(by_factor(results, varied))
    return Result(found, report)


def _measure(
    options: PredictionOptions, models: Mapping[str, WorldModel], data: str, strips: int = 4
) -> dict[str, PredictionResult]:
    """All models, and the copied last frame, on one data set."""
    import torch

    from worldmodels.evaluation.frechet import FVD
    from worldmodels.evaluation.prediction import evaluate_prediction
    from worldmodels.evaluation.predictors import copy_last, world_model_predictor

    sampler = beginnings(data, options.context + options.horizon, options.videos)
    fvd = None if options.fvd is None else FVD(options.fvd, device=options.device)
    common = {"context": options.context, "horizon": options.horizon, "metrics": options.metrics, "fvd": fvd}
    results: dict[str, PredictionResult] = {}
    for path, model in models.items():
        results[path] = evaluate_prediction(
            world_model_predictor(model, options.temperature),
            batches(sampler, model, options.batch_size),
            samples=options.samples,
            trained_horizon=options.trained_horizon,
            generator=torch.Generator(options.device).manual_seed(options.seed),
            strips=strips,
            **common,  # type: ignore[arg-type]
        )
    clips = batches(sampler, next(iter(models.values())), options.batch_size)
    results[BASELINE] = evaluate_prediction(copy_last, clips, samples=1, strips=0, **common)  # type: ignore[arg-type]
    return results


def figures(results: Mapping[str, PredictionResult], at: Sequence[int]) -> dict[str, dict[str, Estimate]]:
    """Of each predictor: every metric, its value at single frames (`psnr_at_10`), and how far the first one leads.

    `evaluate` adds `psnr_under_colours` for each factor of variation that is asked for.

    `psnr_lead` is the first predictor's figure minus this one's, clip by clip; the first has none.
    """
    first = next(iter(results))
    found: dict[str, dict[str, Estimate]] = {}
    for subject, result in results.items():
        found[subject] = {} if result.fvd is None else {"fvd": exactly(result.fvd)}
        for name, scores in result.scores.items():
            parts = {name: scores.per_video} | {f"{name}_at_{t}": scores.at(t - 1) for t in at}
            found[subject] |= {part: mean_interval(values) for part, values in parts.items()}
            if subject == first:
                continue
            reference = results[first].scores[name]
            theirs = {name: reference.per_video} | {f"{name}_at_{t}": reference.at(t - 1) for t in at}
            found[subject] |= {f"{part}_lead": paired_difference(theirs[part], parts[part]) for part in parts}
    return found


EVALUATION = Evaluation("prediction", PredictionOptions, evaluate)
