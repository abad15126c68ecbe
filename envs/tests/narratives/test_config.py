import math

import pytest

from worldmodels_envs.narratives import VARIANTS, NarrativesConfig, resolve_config


@pytest.mark.parametrize(
    "changes",
    [{"size": 8}, {"shapes": 1}, {"leg": 0}, {"kinds": 5}, {"colours": 13}, {"radii": (0.2,)}, {"narrative": "chase"}],
)
def test_values_out_of_range_are_refused(changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        NarrativesConfig(**changes)


def test_colours_that_do_not_repeat_must_suffice():
    with pytest.raises(ValueError, match="colours is 5"):
        NarrativesConfig(repeat=False, colours=5)


def test_near_names_are_suggested():
    with pytest.raises(ValueError, match="did you mean 'salesman_4'"):
        resolve_config("salesman4")


def test_the_papers_salesman_has_over_260_billion_looks():
    assert VARIANTS["traveling_salesman"].looks == (12 * 4 * 4) ** 5 > 260e9
    assert VARIANTS["salesman_4"].looks == math.perm(6, 3) * 4**4


def test_the_papers_color_reaction_has_twelve_frames():
    assert VARIANTS["color_reaction"].length == 12
    assert VARIANTS["traveling_salesman"].length == 21
