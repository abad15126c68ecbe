"""`worldmodels evaluate likelihood`: bounds on the log likelihood of recorded videos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldmodels.cli.videos import batches, beginnings, own_episodes
from worldmodels.evaluation.evaluation import Evaluation, Result, checkpoint_paths, exactly
from worldmodels.evaluation.intervals import Estimate, mean_interval

if TYPE_CHECKING:
    from worldmodels.evaluation.likelihood import LikelihoodResult

TEST = "test"


@dataclass(frozen=True)
class LikelihoodOptions:
    """The evidence bound in nats, the KL of each level and channel of latents, and how many channels are active.

    Attributes:
        checkpoints: One or more trained models with latents whose bound can be taken apart, such as a VRNN.
        data: Recorded episodes that the models were not trained on, of which the beginning of each is used; by default
            fresh ones of the first checkpoint's own world.
        train: Those that they were trained on, to see the gap.
        out: The report's folder.
        length: Frames of a video, context included.
        samples: Draws of the importance-weighted bound; 1 leaves it out.
        videos: The most videos to use, of either data set.
        batch_size: Videos at a time.
        seed: Of all draws.
        device: Where the models are.
    """

    checkpoints: str | tuple[str, ...]
    data: str | None = None
    train: str | None = None
    out: str = "runs/likelihood"
    length: int = 12
    samples: int = 1
    videos: int = 256
    batch_size: int = 32
    seed: int = 0
    device: str = "cpu"


def evaluate(options: LikelihoodOptions) -> Result:
    """Every checkpoint on the same videos of each data set; the figures are those of `figures`, on test videos."""
    import worldmodels
    from worldmodels.evaluation.likelihood import evaluate_likelihood, likelihood_report

    paths = checkpoint_paths(options.checkpoints)
    test = options.data or own_episodes(paths[0], options.out, options.videos, options.seed)
    sets = {TEST: test} if options.train is None else {"train": options.train, TEST: test}
    samplers = {name: beginnings(data, options.length, options.videos) for name, data in sets.items()}
    results, tests = {}, {}
    for path in paths:
        model = worldmodels.load(path, device=options.device)
        for name, sampler in samplers.items():
            clips = batches(sampler, model, options.batch_size)
            label = name if len(paths) == 1 else f"{path}, {name}"
            results[label] = scored = evaluate_likelihood(model, clips, samples=options.samples, seed=options.seed)
            if name == TEST:
                tests[path] = figures(scored)
    provenance = {"data": test, "train": options.train, "seed": options.seed, "device": options.device}
    return Result(tests, likelihood_report(results, provenance=provenance))


def figures(result: LikelihoodResult) -> dict[str, Estimate]:
    """Bounds in nats a video (`objective` is the loss + KL that papers minimise), and the share of active channels."""
    kl = sum(result.kl.values())
    parts = {"elbo": result.elbo, "objective": result.objective, "loss": result.loss, "kl": kl}
    if result.importance_weighted is not None:
        parts["importance_weighted"] = result.importance_weighted
    return {name: mean_interval(values) for name, values in parts.items()} | {"active": exactly(result.active())}


EVALUATION = Evaluation("likelihood", LikelihoodOptions, evaluate)
