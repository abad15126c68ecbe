"""Recording on a Ray cluster gives the bytes of one process."""

import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from worldmodels.data import Episode, record
from worldmodels.data.cluster import play_on_ray
from worldmodels.errors import DataError, InputError
from worldmodels.worlds import World


class Ray:
    """Does at once what a cluster would do later, counts what is under way, and lets the last task end first."""

    def __init__(self):
        self.most_waiting = self.most_running = self.tasks = 0
        self.waiting, self.running = [], []

    def is_initialized(self):
        return True

    def remote(self, **resources):
        def wrap(function):
            def start(*arguments):
                self.tasks += 1
                task = SimpleNamespace(result=function(*arguments))
                self.waiting.append(task)
                self.running.append(task)
                self.most_waiting = max(self.most_waiting, len(self.waiting))
                self.most_running = max(self.most_running, len(self.running))
                return task

            return SimpleNamespace(remote=start)

        return wrap

    def wait(self, tasks):
        assert tasks
        self.running.remove(tasks[-1])
        return tasks[-1:], tasks[:-1]

    def get(self, task):
        assert task not in self.running, "waited for one while another could have begun"
        self.waiting.remove(task)
        return task.result


def player():
    return lambda seed: Episode(np.full((2, 2, 2, 3), seed, np.uint8), seed=seed)


def failing():
    raise InputError("no such signal")


@pytest.fixture
def ray(monkeypatch):
    fake = Ray()
    monkeypatch.setitem(sys.modules, "ray", fake)
    return fake


@pytest.mark.parametrize(("episodes", "workers"), [(1, 2), (7, 2), (40, 3)])
def test_episodes_come_in_order_and_few_wait(ray, episodes, workers):
    seeds = [3 * number for number in range(episodes)]
    assert [episode.seed for episode in play_on_ray(player, seeds, workers)] == seeds
    assert ray.most_running == min(workers, ray.tasks)
    assert ray.most_waiting <= 2 * workers
    assert ray.tasks <= 4 * workers


def test_an_error_elsewhere_is_one_here(ray):
    with pytest.raises(InputError, match="no such signal"):
        list(play_on_ray(failing, [1, 2], 1))


def test_without_ray_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(DataError, match=r"worldmodels-core\[ray\]"):
        list(play_on_ray(player, [1], 1))


def contents(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}


@pytest.mark.slow
def test_the_store_is_the_one_of_one_process(tmp_path):
    pytest.importorskip("ray")
    pytest.importorskip("worldmodels_envs")
    words = "world=reach world.size=[16,16] world.max_steps=6 episodes=14 seed=3 signals=[distance] launcher=ray"
    words = [f"out={tmp_path / 'two'}", "processes=2", *words.split()]
    command = [sys.executable, "-m", "worldmodels.cli.main", "record", *words]
    patient = {"RAY_raylet_start_wait_time_s": "250", "RAY_agent_register_timeout_ms": "250000"}  # a busy machine
    done = subprocess.run(command, env={**os.environ, **patient}, capture_output=True, text=True, timeout=290)
    assert done.returncode == 0, done.stderr
    world = World("worldmodels_envs:worldmodels/RandomWalkReach-v0", size=(16, 16), max_steps=6, success="terminated")
    record(world, None, 14, tmp_path / "one", seed=3, signals=("distance",), progress=False)
    assert contents(tmp_path / "two") == contents(tmp_path / "one")
