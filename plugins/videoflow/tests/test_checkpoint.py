"""The shipped checkpoints give the figures that they came with."""

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch

import worldmodels
from worldmodels.data.frames import to_float, to_numpy
from worldmodels.evaluation.surprise import idle
from worldmodels_envs import moving_shapes

HOME = Path(str(files("worldmodels_videoflow")))
FOLDERS = {64: HOME / "checkpoint", 32: HOME / "checkpoint_32"}


@pytest.mark.parametrize(("size", "most"), [(64, 0.09), (32, 0.2)])
def test_bits_are_those_that_it_came_with(size, most):
    model = worldmodels.load(FOLDERS[size]).eval()
    frames = to_float(moving_shapes.generate(size=size, videos=32, length=2, seed=1_000_000)["frames"])
    bits = model.log_prob(frames, idle(model, 32, 1), generator=torch.Generator().manual_seed(0)).bits
    said = json.loads((FOLDERS[size] / "config.json").read_text())["provenance"]["figures"]["second"]
    assert said["mean"] < most and abs(bits.mean() - said["mean"]) < 0.04
    noisy = (frames + torch.randint(2, frames.shape) / 255).clamp(0, 1)
    assert (model.log_prob(noisy, idle(model, 32, 1)).bits > 10 * bits).all()
    assert (model.render(model.observe(frames, idle(model, 32, 1))) - frames[:, 1]).abs().max() < 1e-4


def test_its_samples_at_32_show_one_shape_that_moved_one_of_eight_ways():
    model = worldmodels.load(FOLDERS[32]).eval()
    made = moving_shapes.generate(size=32, videos=40, length=1, seed=1_000_000)
    belief = model.observe(to_float(made["frames"]))
    generator = torch.Generator().manual_seed(1)
    after = model.imagine(belief, idle(model, 40, 1), horizon=1, temperature=0.5, generator=generator)
    inked = abs(to_numpy(model.render(after))[:, 0].astype(int) - 128).max(-1) > 64
    centres = [(np.argwhere(m).min(0) + np.argwhere(m).max(0))[::-1] / 2 if m.any() else (99, 99) for m in inked]
    apart = np.linalg.norm(np.array(centres)[:, None] - made["outcomes"][:, 0], axis=2)
    near = apart.min(1) <= 1.5
    said = json.loads((FOLDERS[32] / "config.json").read_text())["provenance"]["figures"]["near"]
    assert near.mean() > said["low"] - 0.1
    assert len(set(apart[near].argmin(1).tolist())) >= 6


@pytest.mark.parametrize("size", FOLDERS)
def test_it_is_small(size):
    assert (FOLDERS[size] / "model.safetensors").stat().st_size < 8e6
