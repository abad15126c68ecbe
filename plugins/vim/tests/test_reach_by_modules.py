"""Labelled steps are of the real environment, seeded slots can be more, and plans are played to the end."""

import pytest
import torch
from gymnasium import spaces

from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_vim import VIM
from worldmodels_vim.grounding import Closeness, Grounded, Grounding

pytest.importorskip("worldmodels_envs.random_walk")
reach = pytest.importorskip("experiments.reach_by_modules")


def make():
    torch.manual_seed(0)
    return build(VIM, WorldSpec((3, 32, 32)), "tiny", {"slots": 4, "modules": 4}).eval()


def test_labelled_steps_show_the_agent_move():
    steps = reach.label(30, seed=0)
    red = (steps.before[:, 0] - steps.before[:, 1:].amax(1)).clamp_min(0)
    after = (steps.after[:, 0] - steps.after[:, 1:].amax(1)).clamp_min(0)
    right = steps.actions == 1
    columns = [(light.sum(1) * torch.arange(32)).sum(-1) / light.sum((1, 2)) for light in (red, after)]
    assert ((columns[1] - columns[0])[right] >= 0).all() and (columns[1] - columns[0])[right].max() == 3
    assert steps.before.shape == (30, 3, 32, 32) and 0 <= int(steps.actions.min()) <= int(steps.actions.max()) <= 3


def test_the_same_weights_with_more_slots():
    model = make()
    wider = reach.with_slots(model, 6)
    belief = wider.observe(torch.rand(2, 1, 3, 32, 32))
    assert belief["slots"].shape[1] == 6 and model.slot_count == 4
    assert torch.equal(wider.decoder.slot.weight, model.decoder.slot.weight)


def test_episodes_are_played_to_their_end():
    model = make()
    world = Grounded(model, Grounding(torch.eye(3)[0], torch.arange(4), 1.0), spaces.Discrete(4)).eval()
    trial = reach.play(world, Closeness(model, torch.eye(3)[0], torch.ones(3)), episodes=2, seed=0, horizon=1)
    assert len(trial.successes) == 2 and trial.lengths.max() <= 50
