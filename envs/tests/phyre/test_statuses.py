import numpy as np
import pytest

from worldmodels_envs.phyre import statuses
from worldmodels_envs.phyre.statuses import read_statuses, stored_statuses, write_statuses

KEY, DONE = np.array([3.0]), {"00002:000": np.array([1, -1, 0], dtype=np.int8)}


@pytest.fixture
def path(tmp_path):
    write_statuses(tmp_path / "new" / "kept.npz", KEY, DONE)
    return tmp_path / "new" / "kept.npz"


def test_what_was_written_is_read(path):
    assert read_statuses(path, KEY)["00002:000"].tolist() == [1, -1, 0]
    assert [file.name for file in path.parent.iterdir()] == ["kept.npz"]


def test_files_of_other_actions_or_puzzles_count_as_missing(path, monkeypatch):
    assert read_statuses(path.with_name("none.npz"), KEY) == {}
    assert read_statuses(path, KEY + 1) == {}
    monkeypatch.setattr(statuses, "fingerprint", lambda: "others")
    assert read_statuses(path, KEY) == {}


def test_only_what_is_missing_is_simulated(path, monkeypatch):
    asked = []

    def simulate(scenes, actions, executor):
        asked.extend(scene.name for scene in scenes)
        return np.full(actions.shape[:2], -1, dtype=np.int8)

    monkeypatch.setattr(statuses, "simulate_many", simulate)
    ids = ["00005:001", "00002:000", "00002:001"]
    found = stored_statuses(path, ids, lambda id: np.zeros((3, 3)), KEY, workers=1)
    assert asked == ["00005:001", "00002:001"]
    assert found.tolist() == [[-1, -1, -1], [1, -1, 0], [-1, -1, -1]]
    assert set(read_statuses(path, KEY)) == set(ids)
