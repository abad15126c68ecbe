"""Modules carried from one scene to another, and what counts as right."""

import pytest
import torch

from experiments.transfer import DIRECTIONS, _right, carry, transfer
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_vim import VIM

pytest.importorskip("worldmodels_envs.random_walk")


def make():
    torch.manual_seed(0)
    return build(VIM, WorldSpec((3, 32, 32)), "tiny", {"slots": 4}).eval()


def test_given_slots_apply_given_modules():
    model = make()
    belief = model.observe(torch.rand(2, 1, 3, 32, 32), temperature=0.0)
    slots = torch.tensor([[2, 0, 1], [1, 2, 3]])
    modules = torch.tensor([[[0, 1, 2], [2, 2, 0]], [[1, 1, 1], [0, 2, 1]]])
    rollout = carry(model, belief, slots, modules)
    applied = rollout.beliefs["modules"][..., 0].transpose(1, 2)
    assert torch.equal(applied[torch.arange(2)[:, None], slots].transpose(1, 2), modules)


def test_a_move_is_right_that_goes_mostly_its_rules_way():
    rules = torch.arange(4).view(1, 4, 1)
    steps = 3 * DIRECTIONS + 0.5
    places = torch.cat([torch.zeros(1, 2), steps]).cumsum(0).view(1, 5, 1, 2)
    assert _right(places, rules).all()
    assert not _right(places, (rules + 1) % 4).any()
    assert not _right(places / 10, rules).any(), "a move of a third of a pixel is none"


def test_transfer_takes_unseen_objects():
    carried = transfer(make(), videos=3, length=4)
    assert carried.right.shape == (3, 3, 3) and carried.rollout.horizon == 3
    assert carried.target.shape == (3, 4, 3, 32, 32)
