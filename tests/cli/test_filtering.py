"""Whether beliefs show what was seen, over whole episodes."""

import json

import numpy as np
import pytest
import torch
from gymnasium.spaces import Discrete

from worldmodels.cli.filtering import posterior_psnr
from worldmodels.cli.main import main
from worldmodels.cli.videos import beginnings
from worldmodels.data import Episode, EpisodeWriter
from worldmodels.rollout import Rollout, pack
from worldmodels.spec import WorldSpec
from worldmodels.testing.toy import Toy, ToyConfig


class Fading(Toy):
    """Believes in frames of a grey that is exact at first and wears off."""

    def _observe(self, frames, actions, belief, noise):
        grey = frames.mean((-3, -2, -1)) - 0.01 * torch.arange(frames.shape[1])
        states = grey.clamp(0, 1).unsqueeze(-1)
        last = pack({"state": states[:, -1]}, states.shape[:1])
        return Rollout(pack({"state": states}, states.shape[:2]), last, pack({}, states.shape[:1]))

    def _render(self, beliefs, constant):
        return beliefs["state"][..., None, None].expand(*beliefs["state"].shape[:2], *self.spec.frame_shape)


@pytest.fixture
def data(tmp_path):
    with EpisodeWriter(tmp_path / "data", action_space=Discrete(2)) as writer:
        for length in (30, 30, 12):
            frames = np.full((length, 8, 8, 3), 128, np.uint8)
            writer.add(Episode(frames, np.zeros(length - 1, int)))
    return str(tmp_path / "data")


def test_what_wears_off_is_measured(data):
    model = Fading(WorldSpec((3, 8, 8), Discrete(2)), ToyConfig(state=1, hidden=4))
    scores = posterior_psnr(model, beginnings(data, 30, 9), 8)
    assert scores.shape == (2, 30)
    assert scores[:, 0] == pytest.approx(100, abs=1) and scores[:, 20] == pytest.approx(-20 * np.log10(0.2), abs=0.1)


def test_the_report_says_where_a_model_wears_off(data, tmp_path, capsys, monkeypatch):
    model = Fading(WorldSpec((3, 8, 8), Discrete(2)), ToyConfig(state=1, hidden=4))
    monkeypatch.setattr("worldmodels.load", lambda *_, **__: model)
    monkeypatch.setattr("worldmodels.checkpoints.find", lambda path: path)
    told = {"provenance": {"training": {"length": 10}}}
    monkeypatch.setattr("worldmodels.checkpoints.read_config", lambda path: told)
    assert (
        main(["evaluate", "filtering", "checkpoints=it", f"data={data}", "at=[2,21]", f"out={tmp_path / 'out'}"]) == 0
    )
    figures = json.loads((tmp_path / "out" / "result.json").read_text())["it"]
    assert figures["psnr_at_2"]["mean"] == pytest.approx(40, abs=0.2)
    assert figures["loss"]["mean"] == pytest.approx(20 * np.log10(20), abs=0.2)
    assert "worse far on" in capsys.readouterr().out
