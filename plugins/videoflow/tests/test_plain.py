"""The model is the one written straight down, and the benchmark's rows say what was measured against what."""

import pytest
import torch

from worldmodels.batch import Batch
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_videoflow.benchmark import run
from worldmodels_videoflow.model import VideoFlow
from worldmodels_videoflow.plain import Plain


@pytest.mark.parametrize("coupling", ["affine", "additive"])
def test_losses_and_videos_are_those_of_the_plain_model(coupling, monkeypatch):
    torch.manual_seed(0)
    settings = {"coupling": coupling, "lookback": 3, "coupling_gates": coupling == "affine", "dilations": (1, 2)}
    model = build(VideoFlow, WorldSpec((3, 16, 16)), "tiny", settings).eval()
    frames = (255 * torch.rand(2, 4, 3, 16, 16)).round() / 255
    model.prepare(Batch(frames))
    for parameter in model.parameters():
        parameter.data.add_(0.02 * torch.randn_like(parameter))
    uniform = torch.rand_like(frames)
    monkeypatch.setattr(torch, "rand_like", lambda tensor: uniform)
    plain = Plain(model)
    torch.testing.assert_close(plain.loss(frames, uniform), model.losses(Batch(frames), Moment.at(0.0))["total"])
    rollout = model.imagine(model.observe(frames), horizon=3, temperature=0.0)
    torch.testing.assert_close(plain.video(frames, 3), model.render(rollout), atol=1e-3, rtol=0)


def test_rows():
    rows = run("tiny", size=16, horizon=2, lookback=2)
    assert [row["target"] for row in rows] == [">= 1.3", ">= 1.3", ">= 5", ""]
    for row in rows:
        assert row["ratio"] == row["baseline"] / row["value"] > 0
        assert row["met"] is None or row["met"] == (row["ratio"] >= float(row["target"][3:]))
    assert rows[-1]["unit"] == "MiB" and rows[-1]["ratio"] > 1
