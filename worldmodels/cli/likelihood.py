"""`worldmodels evaluate likelihood`: how probable models hold recorded videos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from worldmodels.cli.videos import batches, beginnings, own_episodes
from worldmodels.config import Settings
from worldmodels.evaluation.evaluation import Evaluation, Result, checkpoint_paths, exactly
from worldmodels.evaluation.intervals import Estimate, mean_interval
from worldmodels.limits import Count, Device, Seed, Several, Whole

if TYPE_CHECKING:
    from worldmodels.evaluation.likelihood import LikelihoodResult

TEST = "test"


@dataclass(frozen=True)
class LikelihoodOptions(Settings):
    """Log probability of videos, exact or bounded; for models with latents the parts of their evidence bound as well.

    Attributes:
        checkpoints: One or more trained models with the ability Likelihood, such as a VRNN.
        data: Recorded episodes that the models were not trained on, of which the beginning of each is used; by default
            fresh ones of the first checkpoint's own world.
        train: Those that they were trained on, to see the gap.
        out: The report's folder.
        length: Frames of a video, context included.
        context: Frames that are given and not scored; by default the fewest that a model needs.
        samples: Draws of the latents of models that bound it; more make the bound tighter.
        videos: The most videos to use, of either data set.
        batch_size: Videos at a time.
        seed: Of all draws.
        device: Where the models are.
    """

    checkpoints: Several
    data: str | None = None
    train: str | None = None
    out: str = "runs/likelihood"
    length: Count = 12
    context: Whole | None = None
    samples: Count = 1
    videos: Count = 256
    batch_size: Count = 32
    seed: Seed = 0
    device: Device = "cpu"


def evaluate(options: LikelihoodOptions) -> Result:
    """Every checkpoint on the same videos of each data set; the figures are those of `figures`, on test videos."""
    import worldmodels
    from worldmodels.evaluation.likelihood import evaluate_likelihood
    from worldmodels.evaluation.likelihood_report import likelihood_report

    paths = checkpoint_paths(options.checkpoints)
    test = options.data or own_episodes(paths[0], options.out, options.videos, options.seed)
    sets = {TEST: test} if options.train is None else {"train": options.train, TEST: test}
    samplers = {name: beginnings(data, options.length, options.videos) for name, data in sets.items()}
    results, tests = {}, {}
    settings: dict[str, Any] = {"context": options.context, "samples": options.samples, "seed": options.seed}
    for path in paths:
        model = worldmodels.load(path, device=options.device)
        for name, sampler in samplers.items():
            clips = batches(sampler, model, options.batch_size)
            label = name if len(paths) == 1 else f"{path}, {name}"
            results[label] = scored = evaluate_likelihood(model, clips, **settings)
            if name == TEST:
                tests[path] = figures(scored)
    provenance = {"data": test, "train": options.train, "seed": options.seed, "device": options.device}
    return Result(tests, likelihood_report(results, provenance=provenance))


def figures(result: LikelihoodResult) -> dict[str, Estimate]:
    """`nats` a video and `bits` a number; of evidence bounds the parts, and the share of `active` channels.

    `objective` is the loss + KL that papers minimise.
    """
    found = {"nats": mean_interval(result.nats), "bits": mean_interval(result.bits)}
    if result.evidence is None:
        return found
    part = result.evidence
    parts = {"elbo": part.elbo, "objective": part.objective, "loss": part.loss, "kl": sum(part.kl.values())}
    return found | {name: mean_interval(values) for name, values in parts.items()} | {"active": exactly(part.active())}


EVALUATION = Evaluation("likelihood", LikelihoodOptions, evaluate)
