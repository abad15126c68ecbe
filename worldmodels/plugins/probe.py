"""`probe` and `probe_all`: load plugins in processes of their own, so that one that crashes or hangs harms nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Probe:
    """What became of loading a plugin.

    Attributes:
        fault: Why it cannot be used, or `None` if it can.
        abilities: What it can beyond the contract.
        presets: Its named configurations.
    """

    fault: str | None = None
    abilities: tuple[str, ...] = ()
    presets: tuple[str, ...] = ()


def probe(name: str, seconds: float = 60.0) -> Probe:
    """Load a plugin, or what lies at "module:Class", elsewhere; loading PyTorch does not count to the `seconds`."""
    return probe_all([name], seconds)[name]


def probe_all(names: Sequence[str], seconds: float) -> dict[str, Probe]:
    """Load plugins, each in a fork of one process that has loaded PyTorch, for that takes longest by far."""
    with tempfile.TemporaryDirectory() as folder:
        # What plugins print goes nowhere: a child of one could otherwise hold the pipe open for ever.
        process = subprocess.Popen(
            [sys.executable, "-m", "worldmodels.plugins.probe", folder, str(seconds), *names],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},  # it finds what this process finds
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            process.wait()
        finally:
            process.terminate()  # it takes the fork that is at work with it
            process.wait()
        return {name: _read(_answer(Path(folder), at)) for at, name in enumerate(names)}


def _answer(folder: Path, at: int) -> Path:
    return folder / f"{at}.json"


def _read(answer: Path) -> Probe:
    if not answer.is_file():
        return Probe("the process that was to import it died")
    found = json.loads(answer.read_text())
    return Probe(found["fault"], tuple(found["abilities"]), tuple(found["presets"]))


def look(name: str) -> Probe:
    """Load the plugin of that name here."""
    from worldmodels.abilities import abilities
    from worldmodels.errors import WorldModelsError
    from worldmodels.plugins import import_class, load_class

    try:
        cls = import_class(name) if ":" in name else load_class(name)
    except WorldModelsError as error:
        return Probe(str(error))
    return Probe(None, tuple(abilities(cls)), tuple(map(str, cls.presets)))


def _attend(name: str, answer: Path, seconds: float) -> None:
    """Look at a plugin in a fork of this process; its answer is there whatever becomes of it."""
    draft = answer.with_suffix(".draft")
    child = os.fork()
    with suppress(OSError):  # a group of its own, made by whichever of the two comes first
        os.setpgid(child, child)
    if not child:
        code = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            draft.write_text(json.dumps(asdict(look(name))))
            code = 0
        finally:
            os._exit(code)
    until, ended, status = time.monotonic() + seconds, 0, 0
    try:
        while not ended and time.monotonic() < until:
            ended, status = os.waitpid(child, os.WNOHANG)
            time.sleep(0.01)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # and whatever it has started
        if not ended:
            os.waitpid(child, 0)
    fault = f"it was still being imported after {seconds:g} s"
    if ended:
        code = os.waitstatus_to_exitcode(status)
        died = f"by signal {-code}" if code < 0 else f"with exit code {code}"
        fault = f"the process that imported it died {died}"
    if not ended or not draft.is_file() or not draft.stat().st_size:
        draft.write_text(json.dumps(asdict(Probe(fault))))
    draft.replace(answer)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is at work is ended first
    import worldmodels.model  # noqa: F401

    for place, plugin in enumerate(sys.argv[3:]):
        _attend(plugin, _answer(Path(sys.argv[1]), place), float(sys.argv[2]))
