"""As many parameters as the authors' networks have."""

import pytest

from worldmodels.errors import InputError
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_svg.model import SVG


@pytest.mark.parametrize(("preset", "channels", "count"), [("smmnist", 1, 12_614_057), ("bair", 3, 22_831_747)])
def test_presets_have_the_authors_parameters(preset, channels, count):
    model = build(SVG, WorldSpec((channels, 64, 64)), preset)
    assert sum(parameter.numel() for parameter in model.parameters()) == count


def test_frames_must_be_multiples_of_sixteen():
    with pytest.raises(InputError, match="multiples of 16"):
        build(SVG, WorldSpec((1, 40, 64)))
