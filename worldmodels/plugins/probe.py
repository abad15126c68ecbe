"""`probe`: loads a plugin in a process of its own, so that one that crashes or hangs harms nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
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
    with tempfile.TemporaryDirectory() as folder:
        started, answer = Path(folder) / "started", Path(folder) / "answer.json"
        # What the plugin prints goes nowhere: a child of its own could otherwise hold the pipe open for ever.
        process = subprocess.Popen(
            [sys.executable, "-m", "worldmodels.plugins.probe", name, str(started), str(answer)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},  # it finds what this process finds
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while not started.exists() and process.poll() is None:
                time.sleep(0.05)
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            return Probe(f"it was still being imported after {seconds:g} s")
        finally:
            process.kill()
            process.wait()
        if not answer.is_file() or not answer.stat().st_size:
            died = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            return Probe(f"the process that imported it died {died}")
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


if __name__ == "__main__":
    import worldmodels.model  # noqa: F401

    Path(sys.argv[2]).touch()
    result = json.dumps(asdict(look(sys.argv[1])))
    Path(sys.argv[3]).write_text(result)
