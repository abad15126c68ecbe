"""A small world recorded, a model trained on it for three steps, and the verb called in a fork of this process."""

from __future__ import annotations

import resource
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))
from attacks import COUNT, SEED
from children import MEMORY, SECONDS, End, in_child, in_interpreter
from tally import Tally, line
from warm import warm

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
    warm()
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


def pytest_report_header():
    return f"attacks: {COUNT or 'few'} cases each, seed {SEED} (ATTACK_SEED={SEED} repeats them)"


def pytest_collection_modifyitems(items):
    for item in items if COUNT else []:
        item.add_marker(pytest.mark.timeout(0))


def pytest_terminal_summary(terminalreporter):
    kinds: dict[str, Counter[str]] = {}
    told: list[str] = []
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        for name, value in getattr(report, "user_properties", []):
            if name == "tally" and report.when == "call":
                kinds.setdefault(value["kind"], Counter()).update(value["counts"])
            if name == "told" and report.when == "call":
                told.append(value)
    for text in told if COUNT else []:
        terminalreporter.write_line(text)
    for kind, counts in sorted(kinds.items()) if COUNT else []:
        terminalreporter.write_line(line(kind, counts, SEED))


@pytest.fixture
def tally(request):
    """Makes the tally of an attack, of which the summary tells."""

    def begin(kind: str) -> Tally:
        made = Tally(kind)
        request.node.user_properties.append(("tally", {"kind": kind, "counts": made.counts}))
        return made

    return begin


@contextmanager
def bounded(seconds: int = SECONDS, memory: int = MEMORY) -> Iterator[None]:
    """What takes more time of the processor, or memory, is an error; it has to be in the main thread."""

    def late(*_: object) -> None:
        raise TimeoutError(f"over {seconds} s")

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


@pytest.fixture(name="bounded")
def bounded_fixture():
    return bounded


@pytest.fixture
def call(place, tmp_path):
    """Calls the command line in a folder of its own; DATA, CHECKPOINT and OUT in words stand for paths."""
    folder = tmp_path / "here"
    names = {"DATA": str(place.data), "CHECKPOINT": str(place.checkpoint), "OUT": str(folder / "out")}

    def run(*words: str, anew: bool = False) -> End:
        for name, path in names.items():
            words = tuple(word.replace(name, path) for word in words)
        if anew:
            return in_interpreter(words, folder)
        return in_child(lambda: main(words), folder)

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
