"""`worldmodels evaluate narratives`."""

import json

import pytest
import torch

import worldmodels
from worldmodels.cli.evaluate import run
from worldmodels.data.frames import to_float
from worldmodels.errors import InputError
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_envs import narratives as stories
from worldmodels_jump import narratives
from worldmodels_jump.model import JUMP

OPTIONS = ["options.leg=1", "options.size=16", "options.radii=[0.125]", "videos=4", "samples=2"]


@pytest.mark.parametrize(
    ("variant", "names"), [("reaction", {"kl1_nats", "kl3_nats", "apart", "times"}), ("salesman_3", {"complete"})]
)
def test_figures_of_a_checkpoint(variant, names, tmp_path):
    path = str(worldmodels.save(build(JUMP, WorldSpec((3, 16, 16)), "tiny", {}), tmp_path / "model"))
    run(["narratives", f"checkpoints={path}", f"variant={variant}", *OPTIONS, f"out={tmp_path / 'report'}"])
    found = json.loads((tmp_path / "report/result.json").read_text())[path]
    assert names | {"best_mse", "one_mse", "mean_image_mse"} <= set(found)
    assert found["best_mse"]["mean"] <= found["one_mse"]["mean"]


def test_true_stories_are_complete_and_a_mover_that_stays_is_not(monkeypatch):
    config = stories.resolve_config("salesman_3", leg=2)
    data = stories.generate(config, 12, config.length, seed=0)
    truth = to_float(torch.from_numpy(data["frames"]))
    monkeypatch.setattr(narratives, "tell", lambda *_: truth[:, [2, 4]])
    assert narratives.coherence(None, config, data)["complete"].mean == 1
    monkeypatch.setattr(narratives, "tell", lambda *_: truth[:, [2, 2]])
    assert narratives.coherence(None, config, data)["complete"].mean == 0


def test_what_does_not_fit_is_one_line(tmp_path):
    jump = tmp_path / "jump"
    worldmodels.save(build(JUMP, WorldSpec((3, 32, 32)), "tiny", {}), jump)
    with pytest.raises(InputError, match="16 x 16"):
        run(["narratives", f"checkpoints={jump}", *OPTIONS])
    with pytest.raises(InputError, match="refuse"):
        run(["narratives", f"checkpoints={jump}", "options.legs=1"])
