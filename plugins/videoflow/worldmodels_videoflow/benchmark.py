"""`worldmodels bench videoflow`: a training step and sampling beside the same model written straight down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from worldmodels.batch import Batch
from worldmodels.benchmarks.timing import least
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_videoflow.model import VideoFlow
from worldmodels_videoflow.plain import Plain

TARGET, TARGET_LATENT = 1.3, 5.0


def run(
    preset: str = "bits", size: int = 64, horizon: int = 2, rounds: int = 1, **settings: Any
) -> list[dict[str, Any]]:
    """Measure one clip of four frames on the CPU's threads as they are.

    Both sides have the same weights and take turns; each one's least seconds count. The memory is what autograd keeps
    of one pass through the flow.

    Args:
        preset: Whose sizes.
        size: Height and width of the frames, px.
        horizon: Frames that are imagined.
        rounds: Turns of each side, after one that does not count.
        **settings: Over the preset's.

    Returns:
        Rows of case, value, unit, baseline, ratio, target, met.
    """
    torch.manual_seed(0)
    model = build(VideoFlow, WorldSpec((3, size, size)), preset, settings)
    assert isinstance(model, VideoFlow)
    frames = (255 * torch.rand(1, 4, 3, size, size)).round() / 255
    batch, uniform, plain = Batch(frames), torch.rand_like(frames), Plain(model)
    model.prepare(batch)
    moment = Moment.at(0.0)
    sides = [
        _step(model, lambda: plain.loss(frames, uniform)),
        _step(model, lambda: model.losses(batch, moment)["total"]),
    ]
    trained = least(sides, rounds)
    model.eval()
    context = frames[:, : model.config.lookback]
    made = least(
        [
            lambda: plain.video(context, horizon),
            lambda: model.render(model.imagine(model.observe(context), horizon=horizon, temperature=0.0)),
        ],
        rounds,
    )
    belief = model.observe(context)
    imagined = least(
        [
            lambda: model.render(model.imagine(belief, horizon=horizon)),
            lambda: model.imagine(belief, horizon=horizon),
        ],
        rounds,
    )
    kept = [_kept(model, frames[:, 0], recompute) for recompute in (False, True)]
    return [
        _row(f"{preset}: training step, 1 x 4 frames", trained[1], trained[0], TARGET),
        _row(f"{preset}: {horizon} frames imagined and rendered", made[1], made[0], TARGET),
        _row(f"{preset}: {horizon} frames imagined only, beside rendered", imagined[1], imagined[0], TARGET_LATENT),
        _row(f"{preset}: kept by a pass through the flow, recomputing", kept[1], kept[0], None, "MiB"),
    ]


def _step(model: nn.Module, loss: Callable[[], Tensor]) -> Callable[[], object]:
    def step() -> None:
        model.zero_grad()
        loss().backward()

    return step


def _kept(model: VideoFlow, x: Tensor, recompute: bool) -> float:
    """MiB of activations that autograd keeps, weights left out."""
    owned = {parameter.data_ptr() for parameter in model.parameters()}
    kept: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        if tensor.ndim == 4 and tensor.data_ptr() not in owned:
            kept[tensor.data_ptr()] = tensor.numel() * tensor.element_size()
        return tensor

    before = [level.recompute for level in model.flow.levels]
    for level in model.flow.levels:
        level.recompute = recompute  # type: ignore[assignment]
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        model.flow(x)
    for level, value in zip(model.flow.levels, before, strict=True):
        level.recompute = value
    return sum(kept.values()) / 2**20


def _row(case: str, value: float, baseline: float, target: float | None, unit: str = "s") -> dict[str, Any]:
    ratio = baseline / value
    goal, met = ("", None) if target is None else (f">= {target:g}", ratio >= target)
    return {
        "case": case,
        "value": value,
        "unit": unit,
        "baseline": baseline,
        "ratio": ratio,
        "target": goal,
        "met": met,
    }
