"""`worldmodels bench cvg`: turns and videos beside the same networks written straight down, and levels beside one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from worldmodels.batch import Batch
from worldmodels.benchmarks.timing import least
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_cvg.clip import Clip
from worldmodels_cvg.critic import Views, critic_loss, generator_loss
from worldmodels_cvg.model import CVG
from worldmodels_cvg.plain import Plain

TARGET = 1.2


def run(size: int = 32, videos: int = 16, length: int = 7, rounds: int = 3, **settings: Any) -> list[dict[str, Any]]:
    """Measure turns of critics and generators, and a video, on the CPU's threads as they are; sides take turns.

    Both sides have the same weights, and both make the videos of a critic's turn without gradients.

    Args:
        size: Height and width of the frames, px.
        videos: In a batch.
        length: Frames of a clip.
        rounds: Turns of each side, after one that does not count.
        **settings: Over the default ones.

    Returns:
        Rows of case, value, unit, baseline, ratio, target, met.
    """
    torch.manual_seed(0)
    model = build(CVG, WorldSpec((3, size, size)), None, settings)
    assert isinstance(model, CVG)
    model.train()
    batch = Batch(torch.rand(videos, length, 3, size, size))
    rows = []
    for number in range(len(model.levels)):
        for turn in (f"critic{number + 1}", f"generator{number + 1}"):
            moment = Moment.at(0.0, f"level{number + 1}", turn)
            sides = [_turn(model, turn, lambda n=number, t=turn: _plain(model, batch, n, t))]  # type: ignore[misc]
            sides.append(_turn(model, turn, lambda m=moment: model.losses(batch, m)["total"]))  # type: ignore[misc]
            plain, ours = least(sides, rounds)
            rows.append(_row(f"turn of {turn}, {videos} x {length} frames", ours, plain))
    model.eval()
    plain, ours = least([lambda: _video(model, batch.frames), lambda: _imagined(model, batch.frames)], rounds)
    rows.append(_row(f"{length} frames imagined and rendered at every level", ours, plain))
    return rows


def _turn(model: CVG, turn: str, loss: Callable[[], Tensor]) -> Callable[[], object]:
    prefixes = next(group.prefixes for group in model.groups if group.name == turn)

    def step() -> None:
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name.startswith(prefixes))
            parameter.grad = None
        loss().backward()

    return step


def _plain(model: CVG, batch: Batch, number: int, turn: str) -> Tensor:
    """The loss of a turn: generator, then critics on generated and, in their own turn, on real videos."""
    generating, plain = turn.startswith("generator"), Plain()
    clip = Clip.cut(batch, model)
    with torch.set_grad_enabled(generating):
        real, fake, anchor = _pair(model, plain, clip, number, generating)
    critics: Any = model.critics[number]
    chosen = critics.choose(*fake.frames.shape[:2], fake.frames.device)
    judged = plain.judge(critics, fake, chosen)
    if generating:
        total: Tensor = generator_loss(judged) + model.config.anchor * anchor
        return total
    return critic_loss(plain.judge(critics, real, chosen), judged)


def _pair(model: CVG, plain: Plain, clip: Clip, number: int, anchored: bool) -> tuple[Views, Views, Any]:
    video, states = _outline(model, plain, clip)
    if number == 0:
        led = torch.cat([clip.led, clip.actions], 1)
        real, fake = (Views(frames, clip.label, clip.recent, led) for frames in (clip.views[0], video))
        if not anchored:
            return real, fake, None
        rest = model._condition(video.new_zeros(len(video), 1, model.config.noise), clip.actions[:, :1] * 0, clip.label)
        rest = rest._replace(times=rest.times - 1)
        # What its belief looks like: the last unit's state, without a step.
        level: Any = model.outline
        maps = states[-1]
        for block in level.blocks[-2:]:
            maps = plain._residual(block, maps, rest)
        return real, fake, (plain._paint(level.paint, maps, rest) - clip.recent[:, -1]).square().mean()
    video = video.detach()
    for lower in range(1, number + 1):
        whole = video.shape[1]
        width = min(model.config.levels[lower].window or whole, whole) if lower == number else whole
        begin = int(torch.randint(whole - width + 1, ())) if lower == number else 0
        window = slice(begin, begin + width)
        below = video[:, window]
        with torch.set_grad_enabled(torch.is_grad_enabled() and lower == number):
            video = _upsampled(model, plain, lower, below, clip.label)
    ratio = model.config.levels[number].rate
    followed = clip.views[number][:, ratio * begin : ratio * (begin + width)]
    real = Views(followed, clip.label, below=clip.views[number - 1][:, window])
    return real, Views(video, clip.label, below=below), 0.0


def _outline(model: CVG, plain: Plain, clip: Clip) -> tuple[Tensor, list[Tensor]]:
    states = model.encoder(clip.recent.flatten(1, 2))
    drawn = torch.randn(len(clip.recent), 1, model.config.noise).expand(-1, clip.actions.shape[1], -1)
    return plain.outline(model.outline, states, model._condition(drawn, clip.actions, clip.label)), states


def _upsampled(model: CVG, plain: Plain, number: int, below: Tensor, label: Tensor) -> Tensor:
    upsampler: Any = model.generators[number]
    time = upsampler.rate * below.shape[1]
    drawn = torch.randn(len(below), 1, model.config.noise).expand(-1, time, -1)
    condition = model._condition(drawn, below.new_zeros(len(below), time, 0), label)
    return plain.upsample(upsampler, below, condition)


@torch.no_grad()
def _video(model: CVG, frames: Tensor) -> list[Tensor]:
    """As many frames imagined as seen, at every level."""
    plain, label = Plain(), frames.new_zeros(len(frames), model.config.classes)
    belief = model.observe(frames)
    states = [belief[f"state{number}"] for number in range(len(model.outline.widths))]
    drawn = torch.randn(len(frames), 1, model.config.noise).expand(-1, frames.shape[1], -1)
    actions = frames.new_zeros(*frames.shape[:2], 0)
    videos = [plain.outline(model.outline, states, model._condition(drawn, actions, label))]
    for number in range(1, len(model.levels)):
        videos.append(_upsampled(model, plain, number, videos[-1], label))
    return videos


def _imagined(model: CVG, frames: Tensor) -> Tensor:
    return model.render(model.imagine(model.observe(frames), horizon=frames.shape[1]))


def _row(case: str, value: float, baseline: float) -> dict[str, Any]:
    ratio = baseline / value
    return {
        "case": case,
        "value": value,
        "unit": "s",
        "baseline": baseline,
        "ratio": ratio,
        "target": f">= {TARGET:g}",
        "met": ratio >= TARGET,
    }
