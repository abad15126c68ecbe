"""A small world recorded, a model trained on it for three steps, and the verb called in this process."""

from __future__ import annotations

import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))
from attacks import COUNT, SEED

import worldmodels
from worldmodels import composition
from worldmodels.cli.main import main
from worldmodels.data import record
from worldmodels.heads import HeadConfig
from worldmodels.testing.plugins import install
from worldmodels.training import TrainConfig, train
from worldmodels.worlds import World

SMALL = {"state": 4, "latent": 2, "content": 4, "encoding": 8, "inference_hidden": 8, "dynamics_hidden": 8}
HEADS = {
    "distance": HeadConfig("distance", hidden=8, layers=1),
    "terminated": HeadConfig("terminated", 1.0, 8, 1, "bce"),
}


@dataclass(frozen=True)
class Place:
    """What the words of an attack may name.

    Attributes:
        data: A store of episodes.
        checkpoint: A model of that world.
    """

    data: Path
    checkpoint: Path


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def place(tmp_path_factory) -> Place:
    pytest.importorskip("worldmodels_srvp")
    pytest.importorskip("worldmodels_agents")
    folder = tmp_path_factory.mktemp("place")
    store = record(World.named("reach"), None, 6, folder / "data", seed=0, signals=("distance",), progress=False)
    model = worldmodels.create("srvp", store.spec, config=SMALL)
    worldmodels.attach_heads(model, HEADS)
    config = TrainConfig(steps=3, batch_size=2, length=4, held_out=0.0)
    return Place(store.folder, train(model, store, folder / "run", config, progress=False))


@dataclass(frozen=True)
class Answer:
    """What a call of the command line came to."""

    code: int
    out: str
    err: str

    @property
    def refused(self) -> bool:
        """One line on the error stream and exit code 2."""
        said = [line for line in self.err.splitlines() if not line.endswith("/s]")]  # but for progress
        return self.code == 2 and len(said) == 1 and said[0].startswith("worldmodels: ")


SECONDS, MEMORY = 20, 4 << 30


def pytest_report_header():
    return f"attacks: {COUNT or 'few'} cases each, seed {SEED} (ATTACK_SEED={SEED} repeats them)"


def pytest_collection_modifyitems(items):
    for item in items if COUNT else []:
        item.add_marker(pytest.mark.timeout(0))


@pytest.fixture(name="bounded")
def bounded_fixture():
    return bounded


class TooLong(Exception):
    """What an attack must not be."""


@contextmanager
def bounded(seconds: int = SECONDS, memory: int = MEMORY) -> Iterator[None]:
    """What takes more time of the processor, or memory, is an error; it has to be in the main thread."""

    def late(*_: object) -> None:
        raise TooLong(f"over {seconds} s")

    before, limits = signal.signal(signal.SIGPROF, late), resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + memory, limits[1]))
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        resource.setrlimit(resource.RLIMIT_AS, limits)


@pytest.fixture
def call(place, tmp_path, monkeypatch, capfd):
    """Calls the command line in a folder of its own; DATA, CHECKPOINT and OUT in words stand for paths."""
    monkeypatch.chdir(tmp_path)
    names = {"DATA": str(place.data), "CHECKPOINT": str(place.checkpoint), "OUT": str(tmp_path / "out")}

    def run(*words: str) -> Answer:
        for name, path in names.items():
            words = tuple(word.replace(name, path) for word in words)
        capfd.readouterr()
        with bounded():
            code = main(words)
        told = capfd.readouterr()
        err = "".join(line for line in told.err.splitlines(True) if not line.startswith("pybullet build time"))
        return Answer(code, told.out, err)

    return run


@pytest.fixture
def installed_config(tmp_path, monkeypatch):
    """Writes a config of an installed plugin of another."""
    site = tmp_path / "site"
    install(site, "stranger", "stranger_with_configs.model:Model")
    (site / "stranger_with_configs").mkdir()
    (site / "stranger_with_configs" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(site))
    composition._is_sound.cache_clear()

    def write(path: str, text: str) -> Path:
        file = site / "stranger_with_configs" / "configs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    yield write
    composition._is_sound.cache_clear()
