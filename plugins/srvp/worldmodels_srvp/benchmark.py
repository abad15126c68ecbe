"""A training step and the generation of a video, beside a plain implementation of the same model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from worldmodels.batch import Batch
from worldmodels.benchmarks.timing import least
from worldmodels.rollout import Rollout
from worldmodels.stages import Moment
from worldmodels_srvp.config import PRESETS, SRVPConfig
from worldmodels_srvp.importer import SETTINGS, empty_model, rename
from worldmodels_srvp.model import SRVP
from worldmodels_srvp.reference import Reference

TARGET_TRAIN, TARGET_GENERATE = 1.3, 1.5


class Sizes(NamedTuple):
    """Videos of a batch; frames of a training clip; frames that are shown and frames that are then imagined."""

    batch: int
    clip: int
    context: int
    horizon: int


SIZES = {"smmnist": Sizes(16, 15, 5, 100), "bair": Sizes(4, 12, 2, 28)}
"""The paper's sizes, on batches that a CPU can bear."""


def run(sizes: dict[str, Sizes] | None = None, rounds: int = 2, **settings: Any) -> list[dict[str, Any]]:
    """Measure on the CPU's threads as they are.

    The plain model holds frames as (channel, height, width) in 32 bits, repeats skip connections for each frame, and
    decodes each frame when it is imagined. Both have the same weights; sides take turns, and each one's least seconds
    count. A training step is the loss, its gradients and Adam.

    Args:
        sizes: Preset to sizes.
        rounds: Turns of each side, after one that does not count.
        **settings: Over those of the presets, in the authors' names.

    Returns:
        Rows of case, value, unit, baseline, ratio, target, met; the ratio says how many times faster we are.
    """
    rows: list[dict[str, Any]] = []
    for preset, size in (sizes or SIZES).items():
        rows += _measure(preset, size, rounds, {**_published(preset), **settings})
    return rows


def _published(preset: str) -> dict[str, Any]:
    """A preset in the authors' names."""
    config = SRVPConfig(**PRESETS[preset])
    channels = 3 if preset == "bair" else 1
    named = {theirs: getattr(config, ours) for theirs, ours in SETTINGS.items()}
    return {**named, "nh_inf": config.content, "nx": 64, "nc": channels}


def _measure(preset: str, size: Sizes, rounds: int, settings: dict[str, Any]) -> list[dict[str, Any]]:
    torch.manual_seed(0)
    plain, model = Reference(settings), empty_model(settings)
    model.load_state_dict({rename(name): tensor for name, tensor in plain.state_dict().items()})
    frames = torch.rand(size.batch, max(size.clip, size.context), settings["nc"], settings["nx"], settings["nx"])
    clip, context = frames[:, : size.clip], frames[:, : size.context]
    plain_step = _step(plain, lambda: plain.loss(clip))
    step = _step(model, lambda: model.losses(Batch(clip), Moment.at(1.0))["total"])
    half_step = _step(model, lambda: model.losses(Batch(clip), Moment.at(1.0))["total"], _half)
    trained = least([plain_step, step, half_step], rounds)
    plain.eval(), model.eval()
    sides = [
        torch.no_grad()(lambda: plain.imagine(context, size.horizon, 1.0)),
        lambda: model.render(_imagine(model, context, size.horizon)),
        _within(_half, lambda: model.render(_imagine(model, context, size.horizon))),
        lambda: _imagine(model, context, size.horizon),
    ]
    made = least(sides, rounds)
    clips, imagined = size.batch * size.clip, size.batch * size.horizon
    training = f"{preset}: training step, {size.batch} x {size.clip} frames"
    video = f"{preset}: {size.horizon} frames after {size.context}, {size.batch} videos"
    return [
        *_rows(training, trained[1], trained[0], clips, TARGET_TRAIN),
        *_rows(f"{training}, bf16", trained[2], trained[0], clips),
        *_rows(video, made[1], made[0], imagined, TARGET_GENERATE),
        *_rows(f"{video}, bf16", made[2], made[0], imagined),
        *_rows(f"{video}, not rendered", made[3], made[0], imagined),
    ]


def _half() -> AbstractContextManager[Any]:
    return torch.autocast("cpu", torch.bfloat16)


def _within(context: Callable[[], AbstractContextManager[Any]], call: Callable[[], object]) -> Callable[[], object]:
    def inside() -> object:
        with context():
            return call()

    return inside


def _step(
    model: nn.Module,
    loss: Callable[[], Tensor],
    context: Callable[[], AbstractContextManager[Any]] = nullcontext,
) -> Callable[[], object]:
    optimizer = torch.optim.Adam(model.parameters(), 3e-4)
    within = _within(context, loss)

    def step() -> None:
        optimizer.zero_grad()
        within().backward()  # type: ignore[attr-defined]
        optimizer.step()

    return step


def _imagine(model: SRVP, context: Tensor, horizon: int) -> Rollout:
    return model.imagine(model.observe(context), horizon=horizon)


def _rows(
    case: str, value: float, baseline: float, frames: int, target: float | None = None
) -> Iterator[dict[str, Any]]:
    ratio = baseline / value
    met = None if target is None else ratio >= target
    goal = "" if target is None else f">= {target:g}"
    yield {"case": case, "value": value, "unit": "s", "baseline": baseline, "ratio": ratio, "target": goal, "met": met}
    speeds = {"value": frames / value, "unit": "frames/s", "baseline": frames / baseline, "ratio": ratio}
    yield {"case": case, **speeds, "target": "", "met": None}
