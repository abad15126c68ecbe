"""The colour detector finds what is there, and says what is not."""

import numpy as np
import pytest
import torch
from gymnasium.spaces import Discrete

import worldmodels
from worldmodels.data.frames import to_float
from worldmodels.errors import InputError
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_vim import SHIPPED_REACH, VIM

pytest.importorskip("worldmodels_envs.random_walk")
reach = pytest.importorskip("experiments.reach_pictures")
OPTIONS = reach.PicturesOptions("none", rollouts=40, horizon=3, seed=3)


@pytest.fixture(scope="module")
def true():
    return reach.roll(OPTIONS)


def last(true):
    return to_float(true.frames[:, -1:])[:, 0]


def test_real_frames_show_every_ball_where_it_is(true):
    sight = reach.see(last(true), true.colours)
    assert (sight.centres[:, 0] == true.centres[:, -1, 0]).all(), "nothing covers the controlled ball"
    assert sight.whole.mean() > 0.95
    far = np.abs(sight.centres - true.centres[:, -1]).max(-1)
    assert (far <= 1).mean() > 0.95


@pytest.mark.parametrize(
    "change",
    [
        lambda frames: frames * torch.tensor([1.0, 0.0, 1.0])[:, None, None],  # no green ball
        lambda frames: frames * 0.4,  # nearer to black than to any colour
        lambda frames: frames.clone().index_fill_(2, torch.arange(0, 32, 3), 0.0),  # a third of each ball is lost
    ],
)
def test_lost_dim_and_torn_balls_are_not_whole(true, change):
    assert reach.see(change(last(true)), true.colours).whole.all(-1).mean() < 0.1


def test_the_true_displacement_is_that_of_the_walk(true):
    assert 15 < true.displacement < 3 * 9, "three steps of 3 px, with walls"
    figures = reach.judge(reach.see(last(true), true.colours), true, OPTIONS.context)
    assert figures["controlled"].mean == 1 and 0.5 < figures["displacement"].mean < 1.6


def test_a_model_of_other_actions_is_refused(true):
    model = build(VIM, WorldSpec((3, 32, 32), Discrete(2)), "tiny", {}).eval()
    with pytest.raises(InputError, match="RandomWalkReach"):
        reach.pictures(model, true, OPTIONS)


def test_a_model_is_asked_for_its_figures(true):
    model = build(VIM, WorldSpec((3, 32, 32), Discrete(4)), "tiny", {}).eval()
    figures = reach.pictures(model, true, OPTIONS)
    assert set(figures) == {"psnr", "controlled", "whole", "displacement", "imagined_psnr"}
    assert figures["whole"].mean < 0.5, "it has not learned anything"


def test_the_shipped_model_paints_as_the_demo_says():
    options = reach.PicturesOptions("none", rollouts=30, seed=5)
    figures = reach.pictures(worldmodels.load(SHIPPED_REACH), reach.roll(options), options)
    assert figures["psnr"].mean > 27 and figures["whole"].mean > 0.5 and figures["controlled"].mean > 0.35
