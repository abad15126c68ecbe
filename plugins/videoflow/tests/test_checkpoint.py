"""The shipped checkpoint gives the figures that it came with."""

import json
from importlib.resources import files
from pathlib import Path

import torch

import worldmodels
from worldmodels.data.frames import to_float
from worldmodels.evaluation.surprise import idle
from worldmodels_envs import moving_shapes

FOLDER = Path(str(files("worldmodels_videoflow") / "checkpoint"))


def test_bits_are_those_that_it_came_with():
    model = worldmodels.load(FOLDER).eval()
    frames = to_float(moving_shapes.generate(videos=32, length=2, seed=1_000_000)["frames"])
    bits = model.log_prob(frames, idle(model, 32, 1), generator=torch.Generator().manual_seed(0)).bits
    said = json.loads((FOLDER / "config.json").read_text())["provenance"]["figures"]["second"]
    assert said["mean"] < 0.09 and abs(bits.mean() - said["mean"]) < 0.02
    noisy = (frames + torch.randint(2, frames.shape) / 255).clamp(0, 1)
    assert (model.log_prob(noisy, idle(model, 32, 1)).bits > 10 * bits).all()
    assert (model.render(model.observe(frames, idle(model, 32, 1))) - frames[:, 1]).abs().max() < 1e-4


def test_it_is_small():
    assert (FOLDER / "model.safetensors").stat().st_size < 8e6
