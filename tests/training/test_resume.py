"""A training that is killed and resumed is the training that was not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from worldmodels import checkpoints

KILLS = Path(__file__).parent / "kills.py"
TOYS = Path(__file__).parents[1] / "testing"


@pytest.fixture
def path(site):
    """PYTHONPATH for a process of its own."""
    return os.pathsep.join([str(site), str(TOYS), *(p for p in sys.path if p)])


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "kills"), [("staged", 4), ("gan", 10)])
def test_killed_at_arbitrary_moments_ends_bit_identical(store, tmp_path, path, kind, kills):
    command = [
        sys.executable,
        "-W",
        "error",
        "-W",
        "ignore::DeprecationWarning",
        KILLS,
        store.folder,
        tmp_path,
        str(kills),
        "0",
        kind,
    ]
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([str(c) for c in command], env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-4000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["kills"] == kills and report["status"] == [0]
    assert report["torn"] >= 1, "no kill hit a save"
    unbroken, killed = map(Path, report["ends"])
    assert unbroken.name == killed.name == "step-00000160"
    assert (unbroken / checkpoints.WEIGHTS).read_bytes() == (killed / checkpoints.WEIGHTS).read_bytes()
    states = [checkpoints.read_training(folder)["optimizer_states"] for folder in (unbroken, killed)]
    assert _flat(states[0]) == _flat(states[1])


def _flat(value):
    if isinstance(value, torch.Tensor):
        return value.numpy().tobytes()
    if isinstance(value, dict):
        return {name: _flat(item) for name, item in value.items()}
    return [_flat(item) for item in value] if isinstance(value, list | tuple) else value
