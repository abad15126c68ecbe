import numpy as np
import pytest

from worldmodels.benchmarks import busy, recording
from worldmodels.data import record
from worldmodels.errors import DataError, PluginError
from worldmodels.worlds import World


@pytest.fixture(autouse=True)
def light(monkeypatch):
    monkeypatch.setattr(busy, "ROUNDS", 10)
    monkeypatch.setattr(recording, "EPISODES", 3)
    monkeypatch.setattr(recording, "_bare", lambda processes: 2.0 / processes)
    monkeypatch.setattr(recording.importlib.util, "find_spec", lambda name: name)


def played(*, wrong=False):
    """Recording that plays in this process whatever the launcher, and says how long one and two workers took."""

    def act(folder, workers, episodes=3):
        world = World("worldmodels.benchmarks.busy:worldmodels/Busy-v0", size=None)
        record(world, None, episodes, folder, seed=int(wrong and workers == 2), progress=False)
        return {None: 0.0, 1: 9.0, 2: 5.0}[workers]

    return act


def test_ratios_are_of_one_worker_to_two(monkeypatch):
    monkeypatch.setattr(recording, "_record", played())
    ray, bare = recording.run()
    assert ray["ratio"] == pytest.approx(1.8) and ray["met"] and bare["ratio"] == pytest.approx(2.0)
    assert ray["value"] == pytest.approx(3 * recording.STEPS / 5.0)


def test_a_data_set_that_differs_is_told(monkeypatch):
    monkeypatch.setattr(recording, "_record", played(wrong=True))
    with pytest.raises(DataError, match="ray2 is not that of one process"):
        recording.run()


def test_without_ray_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(recording.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PluginError, match=r"worldmodels-core\[ray\]"):
        recording.run()


def test_frames_follow_from_seed_and_actions():
    env = busy.Busy()
    first, again = (env.reset(seed=3)[0] for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(env.step(0)[0], first)
