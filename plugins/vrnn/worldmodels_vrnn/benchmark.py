"""How much an imagined frame costs beside a followed one, and a training step beside a plain one."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from worldmodels.batch import Batch
from worldmodels.benchmarks.timing import medians
from worldmodels.noise import Noise
from worldmodels.stages import Moment
from worldmodels_vrnn.importer import DEFAULTS, empty_model, export_published
from worldmodels_vrnn.model import VRNN
from worldmodels_vrnn.reference import Weights, kl, teacher_forced

CONTEXT, FRAMES = 2, 12
TARGET_IMAGINE, TARGET_TRAIN = 2.0, 1.0


def run(width: int = 64, batch: int = 1, rounds: int = 3) -> list[dict[str, Any]]:
    """Measure the paper's 1-8-32 model, 224.4M parameters where the width is 64, on the CPU's threads as they are.

    Imagining is compared with the plugin's own teacher-forced pass, which is the faster one; the training step, both
    passes and no optimiser, with that of `reference`, a plain implementation of the same model. Turns alternate, and
    medians are compared.

    Args:
        width: Channels at the full resolution.
        batch: Videos.
        rounds: Turns of each side, after one that does not count.

    Returns:
        Rows of case, value, unit, baseline, ratio, target, met.
    """
    torch.manual_seed(0)
    model = empty_model({**DEFAULTS, "n_hid": width, "n_ctx": CONTEXT})
    frames = torch.rand(batch, FRAMES, 3, 64, 64)
    imagined, followed = medians([lambda: _imagine(model, frames), lambda: _follow(model, frames)], rounds)
    published = {name: tensor.requires_grad_() for name, tensor in export_published(model).items()}
    trained, plain = medians([lambda: _train(model, frames), lambda: _train_plainly(published, frames)], rounds)
    return [
        _row(f"{FRAMES - CONTEXT} frames after {CONTEXT}", imagined, followed, TARGET_IMAGINE),
        _row(f"training step on {FRAMES} frames", trained, plain, TARGET_TRAIN),
    ]


def _imagine(model: VRNN, frames: Tensor) -> None:
    model.imagine(model.observe(frames[:, :CONTEXT]), horizon=FRAMES - CONTEXT)


def _follow(model: VRNN, frames: Tensor) -> None:
    with torch.no_grad():
        followed = model._follow_clip(frames, None, Noise())[1]
        model.network.divergent(followed)
        model.network.decoder.logits(followed.decoded).sigmoid()


def _train(model: VRNN, frames: Tensor) -> None:
    model.zero_grad()
    model.losses(Batch(frames), Moment.at(1.0))["total"].backward()


def _train_plainly(weights: Weights, frames: Tensor) -> None:
    for tensor in weights.values():
        tensor.grad = None
    predicted, q, p = teacher_forced(weights, frames, CONTEXT)
    divergence = torch.stack([kl(*a, *b).sum() for a, b in zip(q, p, strict=True)]).sum()
    ((predicted - frames[:, CONTEXT:]).abs().sum() + divergence).backward()


def _row(case: str, value: float, baseline: float, target: float) -> dict[str, Any]:
    ratio = value / baseline
    return {
        "case": case,
        "value": value,
        "unit": "s",
        "baseline": baseline,
        "ratio": ratio,
        "target": f"<= {target:g}",
        "met": ratio <= target,
    }
