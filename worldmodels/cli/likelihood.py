"""`worldmodels evaluate likelihood`: bounds on the log likelihood of recorded videos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from worldmodels.cli.options import read
from worldmodels.cli.table import show_report
from worldmodels.cli.videos import batches, beginnings

if TYPE_CHECKING:
    from worldmodels.evaluation.report import Report


@dataclass(frozen=True)
class LikelihoodOptions:
    """The evidence bound in nats, the KL of each level and channel of latents, and how many channels are active.

    Attributes:
        checkpoints: One or more trained models with latents whose bound can be taken apart, such as a VRNN.
        data: Recorded episodes that the models were not trained on; the beginning of each is used.
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
    data: str
    train: str | None = None
    out: str = "runs/likelihood"
    length: int = 12
    samples: int = 1
    videos: int = 256
    batch_size: int = 32
    seed: int = 0
    device: str = "cpu"


def run(words: Sequence[str]) -> None:
    """Evaluate, print the tables, and say where the report is."""
    options = read(LikelihoodOptions, "evaluate likelihood", words)
    show_report(evaluate(options), options.out)


def evaluate(options: LikelihoodOptions) -> Report:
    """Every checkpoint on the same videos of each data set."""
    import worldmodels
    from worldmodels.evaluation.likelihood import evaluate_likelihood, likelihood_report

    paths = (options.checkpoints,) if isinstance(options.checkpoints, str) else options.checkpoints
    samplers = {name: beginnings(data, options.length, options.videos) for name, data in _data_sets(options).items()}
    results = {}
    for path in paths:
        model = worldmodels.load(path, device=options.device)
        for name, sampler in samplers.items():
            clips = batches(sampler, model, options.batch_size)
            label = name if len(paths) == 1 else f"{path}, {name}"
            results[label] = evaluate_likelihood(model, clips, samples=options.samples, seed=options.seed)
    provenance = {"data": options.data, "train": options.train, "seed": options.seed, "device": options.device}
    return likelihood_report(results, provenance=provenance)


def _data_sets(options: LikelihoodOptions) -> Mapping[str, str]:
    return {"test": options.data} if options.train is None else {"train": options.train, "test": options.data}
