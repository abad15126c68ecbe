"""Videos of a world with actions are labelled rightly, and a model of frames alone goes on with actions."""

import numpy as np
import pytest
import torch

from worldmodels.checkpoints import save
from worldmodels.data import EpisodeStore
from worldmodels.plugins import available, build
from worldmodels.spec import WorldSpec
from worldmodels.testing.plugins import install
from worldmodels_vim import VIM

pytest.importorskip("worldmodels_envs.random_walk")
labelled = pytest.importorskip("experiments.reach_with_labels")


@pytest.fixture
def checkpoint(tmp_path, monkeypatch):
    if "vim" not in available():
        monkeypatch.syspath_prepend(install(tmp_path / "vim", "vim", "worldmodels_vim.model:VIM"))
    torch.manual_seed(0)
    return save(build(VIM, WorldSpec((3, 32, 32)), "tiny", {"modules": 4}), tmp_path / "frames_alone")


def test_labels_are_what_the_agent_did(tmp_path):
    labelled.record(tmp_path / "videos", videos=6, seed=0)
    store = EpisodeStore(tmp_path / "videos")
    assert len(store) == 6 and store.spec.action_space == labelled.SPACE
    for episode in (store[i] for i in range(6)):
        red = (episode.frames == [255, 0, 0]).all(-1)
        columns = np.array([np.argwhere(frame)[:, 1].mean() for frame in red])
        moved = np.diff(columns)
        assert set(moved[episode.actions == 0]) <= {-3.0, 0.0} and set(moved[episode.actions == 1]) <= {3.0, 0.0}
        assert not moved[episode.actions > 1].any()


def test_learning_goes_on_with_actions(checkpoint, tmp_path):
    figures = labelled.run(checkpoint, tmp_path / "out", videos=4, steps=2, episodes=2)
    assert figures["labels"] == 4 * 19 and figures["success"]["n"] == 2


def test_weights_are_taken_over():
    torch.manual_seed(0)
    model = build(VIM, WorldSpec((3, 32, 32)), "tiny")
    other = labelled.with_actions(model)
    assert other.slot_count == 5 and other.codec.dim == 4
    assert torch.equal(other.transition.key[0].weight, model.transition.key[0].weight)
