"""Content swap on moving digits, measured (the paper shows it, in its Figure 8).

    worldmodels evaluate experiments.digit_swap:EVALUATION checkpoint=CHECKPOINT videos=180 split=test

says how often a video that takes its motion from one video and its content from another is nearest to the very one
that the generator draws: the second video's digits on the first one's ways. Needs worldmodels-envs[digits].
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

import worldmodels
from worldmodels.data.frames import to_float
from worldmodels.errors import InputError
from worldmodels.evaluation.evaluation import Evaluation, Result
from worldmodels.evaluation.intervals import Estimate, mean_interval
from worldmodels.evaluation.report import Column, Report, Table
from worldmodels.rollout import Belief
from worldmodels_srvp.model import SRVP

if TYPE_CHECKING:
    from worldmodels_envs.moving_digits import MovingDigitsConfig

Array = np.ndarray[Any, Any]


class Pairs(NamedTuple):
    """Pairs of videos and the videos of either one's digits on either one's ways, each (pair, time, c, h, w).

    Several digits can take several ways, so the crossed videos are there in each order of the digits.
    """

    first: Tensor
    second: Tensor
    first_ways: list[Tensor]
    second_ways: list[Tensor]


def make_pairs(config: MovingDigitsConfig, pairs: int, frames: int, seed: int = 0) -> Pairs:
    """Videos of the generator; the first of each pair gives the motion, the second the content."""
    from worldmodels_envs.moving_digits.simulator import MovingDigitsSimulator

    world, rng = MovingDigitsSimulator(config, 2 * pairs), np.random.default_rng(seed)
    world.reset(rng)
    ways = [world.motion.corners.copy()]
    for _ in range(frames - 1):
        world.step(rng)
        ways.append(world.motion.corners.copy())
    corners = np.stack(ways, 1)
    one, other = slice(0, pairs), slice(pairs, None)

    def video(which: Array, way: slice) -> Tensor:
        path = corners[way]
        drawn = world.draw(which.repeat(frames, 0), path.reshape(-1, *path.shape[2:]))
        return to_float(drawn.reshape(pairs, frames, *drawn.shape[1:]))

    orders = [list(order) for order in itertools.permutations(range(config.digits))]
    crossed = [video(world.which[other][:, order], one) for order in orders]
    back = [video(world.which[one][:, order], other) for order in orders]
    return Pairs(video(world.which[one], one), video(world.which[other], other), crossed, back)


def swapped_video(model: SRVP, motion: Tensor, content: Tensor) -> Tensor:
    """What the model makes of each frame of `motion` with the content of `content`, latents at their means."""
    beliefs = zip(_followed(model, motion), _followed(model, content), strict=True)
    return torch.stack([model.render(model.swap_content(moving, looking)) for moving, looking in beliefs], 1)


def _followed(model: SRVP, frames: Tensor) -> Iterator[Belief]:
    """The belief after each frame; the generator's only action does nothing."""
    nothing = model.codec.encode(np.zeros((len(frames), 1), np.int64)) if model.codec.dim else None
    belief = model.observe(frames[:, :1], None if nothing is None else nothing[:, :0], temperature=0)
    yield belief
    for frame in frames[:, 1:].split(1, 1):
        belief = model.observe(frame, nothing, belief=belief, temperature=0)
        yield belief


def measure(model: SRVP, pairs: Pairs, skip: int) -> Mapping[str, Estimate]:
    """Shares of pairs, with intervals, once `skip` frames were seen.

    Returns:
        `motion`: the video is nearer to a video on the first video's ways, of any digits, than on the second's;
        `content`: among videos on the first's ways it is nearer to the one of the second's digits;
        `both`: of the four videos, that of the second's digits on the first's ways is the nearest. Chance is 50%, 50%
        and 25%. `psnr` and `psnr_unswapped` are the distances to the second's and to the first's digits there, dB.
    """
    video = swapped_video(model, pairs.first, pairs.second)[:, skip:]

    def error(videos: list[Tensor]) -> Tensor:
        return (
            torch.stack([(video - other[:, skip:]).square().mean((1, 2, 3, 4)) for other in videos])
            .amin(0)
            .clamp_min(1e-10)
        )

    target, back = error(pairs.first_ways), error(pairs.second_ways)
    first, second = error([pairs.first]), error([pairs.second])
    motion, content = torch.minimum(target, first) < torch.minimum(second, back), target < first
    shares = {"motion": motion, "content": content, "both": motion & content}
    distances = {"psnr": -10 * target.log10(), "psnr_unswapped": -10 * first.log10()}
    return {name: mean_interval(values.double().numpy()) for name, values in {**shares, **distances}.items()}


@dataclass(frozen=True)
class SwapOptions:
    """Content swaps on moving digits.

    Attributes:
        checkpoint: A trained SRVP.
        videos: Pairs of videos.
        frames: Frames of each.
        digits: How many digits there are.
        digit_size: Their size in pixels; null for the generator's own.
        split: Whose digits: train or test.
        seed: Of the videos.
        out: The report's folder.
    """

    checkpoint: str
    videos: int = 180
    frames: int = 15
    digits: int = 2
    digit_size: int | None = None
    split: str = "test"
    seed: int = 0
    out: str = "runs/swap_report"


def evaluate(options: SwapOptions) -> Result:
    """The figures of `measure`, shares of pairs from 0 to 1."""
    from worldmodels_envs.moving_digits import resolve_config

    model = worldmodels.load(options.checkpoint)
    if not isinstance(model, SRVP):
        raise InputError(f"{options.checkpoint} is a {type(model).__name__}; content is swapped by SRVP.")
    channels, size, _ = model.spec.frame_shape
    world = {"size": size, "channels": channels, "digits": options.digits, "digit_size": options.digit_size}
    try:
        config = resolve_config("stochastic", split=options.split, **world)
    except ValueError as error:
        raise InputError(str(error)) from error
    pairs = make_pairs(config, options.videos, options.frames, options.seed)
    figures = dict(measure(model, pairs, model.config.inference_frames - 1))
    columns = [Column("figure"), Column("value")]
    report = Report("Content swap", {"checkpoint": options.checkpoint, "split": options.split, **world})
    report.add(Table("Content swap", columns, list(figures.items()), "Chance: motion 0.5, content 0.5, both 0.25."))
    return Result({options.checkpoint: figures}, report)


EVALUATION = Evaluation("digit_swap", SwapOptions, evaluate)
