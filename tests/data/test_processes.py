"""Recording in several processes gives the bytes of one."""

import os
import subprocess
import sys

import pytest

from worldmodels.cli.main import main
from worldmodels.data import record
from worldmodels.errors import InputError, UnknownNameError
from worldmodels.worlds import World


def contents(folder):
    """What a store holds, file by file; its lock is empty."""
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}


@pytest.fixture
def world():
    pytest.importorskip("worldmodels_envs")
    return World("worldmodels_envs:worldmodels/RandomWalkReach-v0", size=(16, 16), max_steps=6)


SETTINGS = {"seed": 3, "signals": ("distance",), "progress": False}


@pytest.fixture
def alone(world, tmp_path):
    """A store of 14 episodes, recorded by one process in two pieces."""
    for episodes in (5, 9):
        record(world, None, episodes, tmp_path / "one", **SETTINGS)
    return contents(tmp_path / "one")


def test_the_store_is_the_one_of_one_process(world, alone, tmp_path):
    record(world, None, 14, tmp_path / "two", launcher="joblib", workers=2, **SETTINGS)
    assert contents(tmp_path / "two") == alone


@pytest.mark.slow
def test_the_store_is_the_one_of_one_process_on_a_ray_cluster(alone, tmp_path):
    pytest.importorskip("ray")
    words = (
        "world=reach world.size=[16,16] world.max_steps=6 episodes=14 seed=3 signals=[distance] launcher=ray workers=2"
    )
    command = [sys.executable, "-m", "worldmodels.cli.main", "record", f"out={tmp_path / 'two'}", *words.split()]
    patient = {**os.environ, "RAY_raylet_start_wait_time_s": "200", "RAY_agent_register_timeout_ms": "200000"}
    done = subprocess.run(command, env=patient, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    two = contents(tmp_path / "two")
    two["store.json"] = alone["store.json"]  # the recipe of the same name says how an episode is won besides
    assert two == alone


def test_the_command_line_has_it(tmp_path, capsys):
    pytest.importorskip("worldmodels_envs")
    words = ["world=reach", "world.max_steps=4", f"out={tmp_path / 'data'}", "episodes=4"]
    assert main(["record", *words, "launcher=joblib", "workers=1"]) == 0
    assert "4 episodes" in capsys.readouterr().out
    assert main(["record", *words, "launcher=slurm"]) == 2


def test_what_goes_wrong_elsewhere_is_one_line(world, tmp_path):
    with pytest.raises(InputError, match="unknown signal 'distence'"):
        record(world, None, 2, tmp_path / "a", seed=0, signals=("distence",), launcher="joblib", workers=1)
    with pytest.raises(InputError, match="no policy"):
        record(world, lambda frame: 0, 2, tmp_path / "b", seed=0, launcher="joblib")
    with pytest.raises(UnknownNameError, match="unknown launcher 'slurm'"):
        record(world, None, 2, tmp_path / "c", seed=0, launcher="slurm")
    with pytest.raises(InputError, match="workers=0"):
        record(world, None, 2, tmp_path / "d", seed=0, launcher="joblib", workers=0)
