"""A small claim: the toy on a world of noise, with an evaluation that counts its calls."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from worldmodels.testing.plugins import install

WORLD = """
import gymnasium as gym
import numpy as np


class Noise(gym.Env):
    observation_space = gym.spaces.Box(0, 255, (8, 8, 1), np.uint8)
    action_space = gym.spaces.Discrete(2)

    def _frame(self):
        return self.np_random.integers(0, 256, (8, 8, 1), dtype=np.uint8)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return self._frame(), {}

    def step(self, action):
        return self._frame(), 0.0, False, False, {}


gym.register("claims/Noise-v0", Noise)
"""
EVALUATION = """
import os
from dataclasses import dataclass

from worldmodels.evaluation.evaluation import Evaluation, Result, exactly
from worldmodels.evaluation.report import Column, Report, Table


@dataclass(frozen=True)
class Options:
    '''The size of weights.

    Attributes:
        data: A data set.
        checkpoints: Models.
        scale: A factor.
        out: The report's folder.
    '''

    data: str
    checkpoints: tuple[str, ...] = ()
    scale: float = 1.0
    out: str = "runs/weights"


def run(options):
    import worldmodels
    from worldmodels.data import EpisodeStore

    with open(os.environ["CALLS"], "a") as calls:
        calls.write(options.out + "\\n")
    found = {"nothing": {"size": exactly(0), "episodes": exactly(len(EpisodeStore(options.data)))}}
    for path in options.checkpoints:
        weights = worldmodels.load(path).parameters()
        found[path] = {"size": exactly(options.scale * sum(float(p.detach().abs().sum()) for p in weights))}
    rows = [[name, figures["size"].mean] for name, figures in found.items()]
    return Result(found, Report("Weights").add(Table("Size", [Column("of"), Column("size")], rows)))


EVALUATION = Evaluation("weights", Options, run)
"""
CLAIM = """
about: Faster learning makes larger weights.
paper: Nobody (2026)
place: Table 1
published: {fast: {size: 1e6}, slow: {size: 100}}
minutes: 0.1
data:
  train: {make: [record, "env=noise_world:claims/Noise-v0", episodes=6, world.max_steps=5, seed=1]}
  test: {make: [record, "env=noise_world:claims/Noise-v0", episodes=3, world.max_steps=5, "seed={seed}"]}
train: [model=toy, trainer=cpu, trainer.threads=1, steps=6, save_every=2, batch_size=2, length=3, held_out=0,
        model.config.hidden=8]
rows:
  fast: {train: [optimizer.lr=0.1], about: a high rate}
  slow: {train: [optimizer.lr=1e-3]}
  nothing: {subject: nothing}
evaluations:
  alone:
    kind: weights
    settings: {data: "{test}", scale: 2}
    figures: {doubled: size}
  weights:
    settings: {data: "{test}"}
    together: true
    figures: {size: size, episodes: episodes}
holds:
  The fast one is larger: fast.size > slow.size
  Twice is twice: fast.doubled == fast.size * 2
  As large as published: fast.size >= published.fast.size
sizes:
  long: {train: [model=toy, trainer=cpu, trainer.threads=1, steps=9, batch_size=2, length=3, held_out=0,
                 model.config.hidden=8]}
"""


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """A folder that offers the plugin `toy`, the evaluation `weights` and a world."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "noise_world.py").write_text(WORLD)
    (folder / "weights_evaluation.py").write_text(EVALUATION)
    metadata = folder / "weights-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: weights\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[worldmodels.evaluations]\nweights = weights_evaluation:EVALUATION\n")
    return install(folder, "toy", "worldmodels.testing.toy:Toy")


@pytest.fixture(autouse=True)
def workplace(site, tmp_path, monkeypatch) -> Path:
    """A folder to work in, with the claim in it."""
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.yaml").write_text(CLAIM)
    return tmp_path


@pytest.fixture
def calls(workplace):
    """The evaluations that were done."""

    def read() -> list[str]:
        path = workplace / "calls"
        return path.read_text().split() if path.exists() else []

    return read
