"""What a VideoFlow has learned of moving shapes: bits for each number, and where its samples go.

python plugins/videoflow/experiments/moving_shapes.py CHECKPOINT [PICTURE.png]
"""

from __future__ import annotations

import itertools
import math
import sys
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

import worldmodels
from worldmodels.data.frames import to_float, to_numpy
from worldmodels.evaluation.intervals import Estimate, mean_interval, success_interval
from worldmodels.evaluation.surprise import idle
from worldmodels_envs import moving_shapes
from worldmodels_envs.png import write_png
from worldmodels_videoflow.model import VideoFlow

VIDEOS, SAMPLES, TEST_SEED, NEAR = 100, 100, 1_000_000, 1.5


class Found(NamedTuple):
    """Bits of the second and third frames, without a prior too, and what samples of the second frame show.

    Attributes:
        second: Bits for each number of the second frame given the first.
        third: Of the third given the second.
        misplaced: Of the second given the first frame of another video, which tells what the past is worth.
        near: The share of samples at temperature 0.5 within 1.5 px of one of the eight true places.
        directions: How many of the eight are seen in them.
    """

    second: Estimate
    third: Estimate
    misplaced: Estimate
    near: Estimate
    directions: int


@torch.no_grad()
def measure(model: VideoFlow, videos: int = VIDEOS, samples: int = SAMPLES) -> tuple[Found, Tensor]:
    """The figures on test videos, and samples (sample, channel, height, width)."""
    made = moving_shapes.generate(size=model.spec.frame_shape[1], videos=videos, length=3, seed=TEST_SEED)
    frames = to_float(made["frames"], model.device)

    def bits(clips: Tensor) -> Estimate:
        generator = torch.Generator().manual_seed(0)
        scored = [model.log_prob(p, idle(model, len(p), 1), generator=generator).bits for p in clips.split(20)]
        return mean_interval(torch.cat(scored).cpu())

    shuffled = torch.stack([frames[:, 0].roll(1, 0), frames[:, 1]], 1)
    rows = torch.arange(samples) % videos
    belief, generator = model.observe(frames[:, :1])[rows], torch.Generator().manual_seed(0)
    after = idle(model, samples, 1)
    drawn = model.render(model.imagine(belief, after, horizon=1, temperature=0.5, generator=generator))[:, 0]
    places = made["outcomes"][rows.numpy(), 0]
    apart = np.linalg.norm(_centres(drawn)[:, None] - places, axis=2)
    near = np.nan_to_num(apart, nan=math.inf).min(1) <= NEAR
    seen = len(set(apart[near].argmin(1).tolist()))
    scores = (bits(clips) for clips in (frames[:, :2], frames[:, 1:], shuffled))
    return Found(*scores, success_interval(int(near.sum()), samples), seen), drawn


@torch.no_grad()
def out_of_sequence(model: VideoFlow, videos: int = VIDEOS, last: int = 6) -> tuple[list[Estimate], list[Estimate]]:
    """Bits for each number of frames 1, 2, ... taken for the one after frame 0, and how much each adds to those before.

    The paper's section 5.6, P(X4 = X_t | X<4), for a model that looks back at one frame. The dequantisation's noise is
    the same for all, so differences are paired.
    """
    made = moving_shapes.generate(size=model.spec.frame_shape[1], videos=videos, length=last + 1, seed=TEST_SEED)
    frames = to_float(made["frames"], model.device)
    bits = []
    for t in range(1, last + 1):
        generator = torch.Generator().manual_seed(0)
        clips = torch.stack([frames[:, 0], frames[:, t]], 1)
        scored = [model.log_prob(p, idle(model, len(p), 1), generator=generator).bits for p in clips.split(20)]
        bits.append(torch.cat(scored).cpu())
    rises = [mean_interval(after - before) for before, after in itertools.pairwise(bits)]
    return [mean_interval(each) for each in bits], rises


def _centres(frames: Tensor) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The middle of what is not grey, (n, 2) in px as (x, y); NaN where all is grey."""
    inked = (to_numpy(frames).astype(int) - 128).__abs__().max(-1) > 64
    centres = np.full((len(inked), 2), np.nan)
    for row, mask in enumerate(inked):
        if mask.any():
            ys, xs = np.nonzero(mask)
            centres[row] = (xs.min() + xs.max()) / 2, (ys.min() + ys.max()) / 2
    return centres


def main() -> None:
    """Print the figures of a checkpoint, and leave a picture of samples where one is asked for."""
    model = worldmodels.load(sys.argv[1]).eval()
    assert isinstance(model, VideoFlow)
    found, drawn = measure(model)
    for name, figure in found._asdict().items():
        print(f"{name:>12}: {figure}")
    bits, rises = out_of_sequence(model)
    print("out of sequence, bits of frame 1, 2, ...:", *bits, "; rises:", *rises, sep="  ")
    if len(sys.argv) > 2:
        rows = to_numpy(drawn[:64]).reshape(4, 16, *drawn.shape[2:], 3)
        write_png(sys.argv[2], np.concatenate([np.concatenate(list(row), 1) for row in rows], 0))


if __name__ == "__main__":
    main()
