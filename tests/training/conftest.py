"""A small world of noise, and the toy installed as a plugin for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from gymnasium.spaces import Discrete

from worldmodels.data import Episode, EpisodeStore, EpisodeWriter
from worldmodels.heads import HeadConfig, attach_heads
from worldmodels.spec import WorldSpec
from worldmodels.testing.plugins import install
from worldmodels.testing.toy import Toy, ToyConfig

HEADS = {
    "distance": HeadConfig("distance", weight=5.0, hidden=8, layers=1),
    "reward": HeadConfig("reward", hidden=8, layers=1, pair=True),
}

STAGED = """
from worldmodels.stages import Group, Stage
from worldmodels.testing.toy import Toy


class Staged(Toy):
    groups = (Group("autoencoder", ("encoder.", "decoder."), rate=0.3),)
    stages = (
        Stage("still", 1, length=2),
        Stage("short", 1, length=4, rates={"autoencoder": 0.0}),
        Stage("long", 2, length=6),
    )
"""


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """A folder that offers the plugins `toy`, `staged` and `gan`."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "staged_toy.py").write_text(STAGED)
    install(folder, "staged", "staged_toy:Staged")
    install(folder, "gan", "toys.gan:GAN")
    return install(folder, "toy", "worldmodels.testing.toy:Toy")


@pytest.fixture(autouse=True)
def plugins(site, monkeypatch):
    monkeypatch.syspath_prepend(site)
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "testing")


def write_store(folder: Path, episodes: int = 8, steps: int = 9, size: int = 8, fps: float = 10.0) -> EpisodeStore:
    rng = np.random.default_rng(0)
    with EpisodeWriter(folder, action_space=Discrete(4), fps=fps, sync=False) as writer:
        for _ in range(episodes):
            frames = rng.integers(0, 256, (steps + 1, size, size, 3), np.uint8)
            flags = np.arange(steps) == steps - 1
            signals = {"distance": rng.random(steps + 1)}
            actions, rewards = rng.integers(0, 4, steps), rng.normal(size=steps)
            writer.add(Episode(frames, actions, rewards, flags, signals=signals))
    return EpisodeStore(folder)


@pytest.fixture(scope="session")
def store(tmp_path_factory) -> EpisodeStore:
    return write_store(tmp_path_factory.mktemp("data") / "noise")


@pytest.fixture
def make_store() -> Callable[..., EpisodeStore]:
    return write_store


@pytest.fixture
def make_model(store) -> Callable[..., Toy]:
    def make(cls: type[Toy] = Toy, spec: WorldSpec = store.spec, heads=HEADS, **config) -> Toy:
        torch.manual_seed(0)
        model = cls(spec, ToyConfig(**{"state": 8, "hidden": 16, "std": 0.1, **config}))
        attach_heads(model, heads)
        return model

    return make
