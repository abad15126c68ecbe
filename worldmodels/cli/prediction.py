"""`worldmodels evaluate prediction`: how well checkpoints foresee recorded videos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldmodels.cli.options import read
from worldmodels.cli.table import show_report
from worldmodels.cli.videos import batches, beginnings

if TYPE_CHECKING:
    from worldmodels.evaluation.report import Report


@dataclass(frozen=True)
class PredictionOptions:
    """Best of N samples against copying the last frame, with 95% intervals, curves and films.

    Attributes:
        checkpoints: One or more trained models, such as [runs/srvp,runs/svg].
        data: The recorded episodes; the first frames of each that is long enough are used.
        out: The report's folder.
        context: Frames shown.
        horizon: Frames predicted.
        samples: Samples of each video; the best counts, separately for each metric.
        videos: The most videos to use.
        batch_size: Videos at a time.
        metrics: Any of psnr, ssim and lpips.
        fvd: I3D weights (a file of tensors), for the Frechet video distance.
        trained_horizon: The most frames that the models were trained to predict, marked in the curves.
        temperature: Scales the noise of every latent.
        seed: Of the samples.
        device: Where the models are.
    """

    checkpoints: str | tuple[str, ...]
    data: str
    out: str = "runs/prediction"
    context: int = 5
    horizon: int = 20
    samples: int = 100
    videos: int = 256
    batch_size: int = 32
    metrics: tuple[str, ...] = ("psnr", "ssim", "lpips")
    fvd: str | None = None
    trained_horizon: int | None = None
    temperature: float = 1.0
    seed: int = 0
    device: str = "cpu"


def run(words: Sequence[str]) -> None:
    """Evaluate, print the table, and say where the report is."""
    options = read(PredictionOptions, "evaluate prediction", words)
    show_report(evaluate(options), options.out)


def evaluate(options: PredictionOptions) -> Report:
    """Every checkpoint and the copied last frame, on the same clips."""
    import torch

    import worldmodels
    from worldmodels.evaluation.frechet import FVD
    from worldmodels.evaluation.prediction import PredictionResult, evaluate_prediction
    from worldmodels.evaluation.prediction_report import prediction_report
    from worldmodels.evaluation.predictors import copy_last, world_model_predictor

    paths = (options.checkpoints,) if isinstance(options.checkpoints, str) else options.checkpoints
    models = {path: worldmodels.load(path, device=options.device) for path in paths}
    sampler = beginnings(options.data, options.context + options.horizon, options.videos)
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
            **common,  # type: ignore[arg-type]
        )
    some = next(iter(models.values()))
    clips = batches(sampler, some, options.batch_size)
    results["copy last frame"] = evaluate_prediction(copy_last, clips, samples=1, films=0, **common)  # type: ignore[arg-type]
    provenance = {"data": options.data, "samples": options.samples, "seed": options.seed, "device": options.device}
    return prediction_report(results, provenance=provenance)
