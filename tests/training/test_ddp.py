import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from worldmodels import checkpoints

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(site, store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ddp")
    path = os.pathsep.join([str(site), str(Path(__file__).parents[1] / "testing"), *(p for p in sys.path if p)])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(__file__).parent / "ddp.py"), str(store.folder), str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


def equal(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("name", ["two", "staged", "gan"])
def test_processes_agree_with_each_other_the_checkpoint_and_the_caller(runs, name):
    ranks = [torch.load(runs / name / f"rank{rank}.pt", weights_only=True) for rank in (0, 1)]
    assert equal(*ranks)
    assert equal(ranks[0], torch.load(runs / name / "returned.pt", weights_only=True))
    assert equal(ranks[0], checkpoints.load(runs / name).state_dict())


def test_two_processes_learn_from_other_data_than_one(runs):
    one, two = (checkpoints.load(runs / name).state_dict() for name in ("one", "two"))
    assert not any(torch.equal(one[name], two[name]) for name in one)


def test_resuming_changes_nothing(runs):
    weights = [checkpoints.find(runs / name) / checkpoints.WEIGHTS for name in ("two", "resumed")]
    assert weights[0].parent.name == "step-00000008"
    # The progress that models see runs to the number of steps, which the toy does not read.
    assert weights[0].read_bytes() == weights[1].read_bytes()
