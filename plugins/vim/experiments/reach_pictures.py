"""What a model of RandomWalkReach paints, judged by colours: is every ball there, whole, and where it should be?

    worldmodels evaluate experiments.reach_pictures:EVALUATION checkpoints=runs/demo/model rollouts=200 horizon=10

Any model that knows the four actions can be asked. The detector is tried on the real frames too, which is the best that
it can say of imagined ones (`the real world` among the subjects). Needs worldmodels-envs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

import worldmodels
from worldmodels.data.frames import to_float
from worldmodels.errors import InputError
from worldmodels.evaluation.evaluation import Evaluation, Result, checkpoint_paths, exactly
from worldmodels.evaluation.intervals import Estimate, mean_interval, success_interval
from worldmodels.evaluation.metrics import psnr
from worldmodels.evaluation.report import Cell, Column, Report, Table
from worldmodels.limits import Count, Seed, Several

REAL = "the real world"
RADIUS, TOLERANCE, NEAR = 3, 0.2, 1.0
"""Of the balls, in pixels; by how much an area may differ; and pixels within which the controlled ball is right."""
FUTURES = 32
"""Of each start, over which the true squared displacement is a mean."""


@dataclass(frozen=True)
class PicturesOptions:
    """Frames that beliefs are painted as, and rollouts under random actions beside what the world does under the same.

    Attributes:
        checkpoints: One or more models of worldmodels/RandomWalkReach-v0.
        rollouts: How many.
        context: Frames that a model watches first.
        horizon: Steps imagined after them.
        temperature: Of the imagination.
        seed: Of starts, actions and draws.
        out: The report's folder.
    """

    checkpoints: Several
    rollouts: Count = 200
    context: Count = 2
    horizon: Count = 10
    temperature: float = 1.0
    seed: Seed = 1_000_000
    out: str = "runs/pictures"


class Rollouts(NamedTuple):
    """True rollouts of T frames.

    Attributes:
        frames: uint8 (rollout, T, height, width, channel).
        actions: (rollout, T - 1).
        centres: Of the balls (rollout, T, ball, 2) as (x, y) in pixels.
        colours: (ball, channel) in [0, 1].
        displacement: Mean squared displacement of the uncontrolled balls, over many futures of the context, in px².
    """

    frames: NDArray[np.uint8]
    actions: NDArray[np.int64]
    centres: NDArray[np.intp]
    colours: NDArray[np.float64]
    displacement: float


class Sight(NamedTuple):
    """What frames show of each ball: its centre (frame, ball, 2), and whether it is there, whole (frame, ball)."""

    centres: NDArray[np.float64]
    whole: NDArray[np.bool_]


def roll(options: PicturesOptions) -> Rollouts:
    """True rollouts under random actions; none of them ends at the goal."""
    from worldmodels_envs.random_walk import resolve_config
    from worldmodels_envs.random_walk.reach import ReachSimulator

    config, rng = resolve_config("atomic"), np.random.default_rng(options.seed)
    length = options.context + options.horizon
    actions = rng.integers(4, size=(options.rollouts, length - 1))
    world = ReachSimulator(config, options.rollouts, masks=False)
    world.reset(rng)
    frames, centres = [world.look()[0]], [world.positions.copy()]
    for step in range(length - 1):
        world.step(rng, actions[:, step])
        frames.append(world.look()[0])
        centres.append(world.positions.copy())
    begun = np.repeat(centres[options.context - 1], FUTURES, 0)
    futures = ReachSimulator(config, len(begun), masks=False)
    futures.reset(rng)
    futures.positions[:] = begun
    for _ in range(options.horizon):
        futures.step(rng, np.zeros(len(begun), np.intp))
    moved = ((futures.positions - begun)[:, 1:] ** 2).sum(-1).mean()
    colours = np.asarray(config.colours[: config.balls]) / 255
    return Rollouts(np.stack(frames, 1), actions, np.stack(centres, 1), colours, float(moved))


def see(frames: Tensor, colours: NDArray[np.float64]) -> Sight:
    """Find balls by their colours in frames (frame, channel, height, width).

    A pixel is of the ball, the goal or the ground whose colour is nearest. A ball is where a disc of its size holds
    most pixels of its colour and fewest of the ground's; it is whole where its pixels are as many as the disc has that
    nothing else covers, within `TOLERANCE`.
    """
    things = torch.tensor(np.concatenate([colours, [[1, 1, 1], [0, 0, 0]]]), dtype=frames.dtype)
    nearest = (frames.unsqueeze(1) - things[None, :, :, None, None]).square().sum(2).argmin(1)
    shown = F.one_hot(nearest, len(things)).permute(0, 3, 1, 2).to(frames.dtype)
    side = torch.arange(-RADIUS, RADIUS + 1)
    disc = (side[:, None] ** 2 + side**2 <= RADIUS * (RADIUS + 1)).to(frames.dtype)[None, None]
    inside = F.conv2d(shown.flatten(0, 1).unsqueeze(1), disc).unflatten(0, shown.shape[:2]).squeeze(2)
    balls, ground = inside[:, : len(colours)], inside[:, -1:]
    fit = 2 * balls - ground
    place = fit.flatten(2).argmax(-1, keepdim=True)
    width = fit.shape[-1]
    centres = torch.cat([place % width, place // width], -1) + RADIUS
    own, empty = (part.flatten(2).gather(2, place).squeeze(-1) for part in (balls, ground.expand_as(balls)))
    area = shown[:, : len(colours)].sum((-1, -2))
    visible = own + empty  # what nothing else covers
    whole = (own > 0) & ((area - visible).abs() <= TOLERANCE * visible)
    return Sight(centres.numpy().astype(np.float64), whole.numpy())


def judge(sight: Sight, true: Rollouts, context: int) -> dict[str, Estimate]:
    """Figures of rollouts' last frame: the controlled ball's place, all balls' looks, the others' displacement."""
    gap = np.abs(sight.centres[:, 0] - true.centres[:, -1, 0]).max(-1)
    moved = ((sight.centres - true.centres[:, context - 1])[:, 1:] ** 2).sum(-1)
    at_place, whole = np.asarray(gap <= NEAR), np.asarray(sight.whole.all(-1))
    return {
        "controlled": success_interval(int(at_place.sum()), len(at_place)),
        "whole": success_interval(int(whole.sum()), len(whole)),
        "displacement": mean_interval(moved.mean(-1) / true.displacement),
    }


def pictures(model: worldmodels.WorldModel, true: Rollouts, options: PicturesOptions) -> dict[str, Estimate]:
    """A model's figures; `psnr` is of frames as the beliefs after seeing them are painted.

    Raises:
        InputError: for a model of other frames or actions.
    """
    frames = to_float(true.frames)
    if model.spec.frame_shape != tuple(frames.shape[2:]) or model.codec.dim != 4:
        raise InputError(f"the model is of frames {model.spec.frame_shape}, not of worldmodels/RandomWalkReach-v0.")
    actions = model.codec.encode(true.actions)
    seen = model.observe(frames, actions, every=True, temperature=0.0)
    quality = psnr(model.render(seen), frames)
    generator = torch.Generator().manual_seed(options.seed)
    context = options.context
    belief = model.observe(frames[:, :context], actions[:, : context - 1], generator=generator)
    future = actions[:, context - 1 :]
    rollout = model.imagine(belief, future, generator=generator, temperature=options.temperature)
    last = model.render(rollout.at(-1))[:, 0]
    imagined = judge(see(last, true.colours), true, context)
    error = psnr(last, frames[:, -1])
    return {"psnr": mean_interval(quality.mean(1)), **imagined, "imagined_psnr": mean_interval(error)}


def evaluate(options: PicturesOptions) -> Result:
    """Every checkpoint on the same rollouts, and the detector on the real frames."""
    true = roll(options)
    real = judge(see(to_float(true.frames[:, -1:])[:, 0], true.colours), true, options.context)
    found = {path: pictures(worldmodels.load(path), true, options) for path in checkpoint_paths(options.checkpoints)}
    found[REAL] = {"psnr": exactly(100.0), **real, "imagined_psnr": exactly(100.0)}
    names = {
        "psnr": "posterior PSNR (dB)",
        "controlled": "controlled ball within 1 px",
        "whole": "all balls whole",
        "displacement": "squared displacement, share of the true one",
        "imagined_psnr": "PSNR of the last imagined frame (dB)",
    }
    rows: list[list[Cell]] = [[subject, *(figures[name] for name in names)] for subject, figures in found.items()]
    report = Report("Pictures", {"rollouts": options.rollouts, "horizon": options.horizon, "seed": options.seed})
    report.add(Table("Imagined frames by a colour detector", [Column(""), *map(Column, names.values())], rows))
    return Result(found, report)


EVALUATION = Evaluation("reach_pictures", PicturesOptions, evaluate)
