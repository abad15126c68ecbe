import pytest
import torch

from worldmodels.errors import InputError
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_jump.config import JUMPConfig
from worldmodels_jump.model import JUMP


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"steps": 0}, "steps"), ({"memory": 1, "contexts": 2}, "memory"), ({"kernel": 4}, "odd")],
)
def test_values_out_of_range_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        JUMPConfig(**changes)


def test_frames_must_be_multiples_of_four():
    with pytest.raises(InputError, match="multiples of 4"):
        build(JUMP, WorldSpec((3, 30, 32)), "tiny")


@pytest.mark.parametrize(("preset", "hidden", "steps"), [("narratives", 64, 4), ("dice", 128, 6)])
def test_presets_have_the_papers_sizes(preset, hidden, steps):
    with torch.device("meta"):
        model = build(JUMP, WorldSpec((3, 32, 32)), preset)
    assert model.draw.prior.hidden == hidden and model.draw.steps == steps and model.draw.latents == 3
    assert [layer.out_channels for layer in (model.representation.first, model.representation.second)] == [8, 16]
    assert model.config.variance[0] == (0.0, 2.0)
