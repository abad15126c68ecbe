"""Slots share out inputs; places follow votes; positions are codes of places."""

import pytest
import torch

from worldmodels.blocks import Inputs, LinearPositions, SlotAttention, grid, mlp, waves
from worldmodels.blocks.slot_attention import seeds
from worldmodels.errors import InputError
from worldmodels.noise import Noise


def make(**settings):
    torch.manual_seed(0)
    return SlotAttention(6, 8, 3, cells=grid(2, 4), **settings)


def test_each_input_is_shared_out_among_the_slots():
    attention = make()
    inputs = attention.project(torch.randn(2, 8, 6))
    found, shares = attention.attend(inputs, attention.first(inputs, Noise()))
    torch.testing.assert_close(shares.sum(1), torch.ones(2, 8))
    weights = shares / shares.sum(-1, keepdim=True)
    torch.testing.assert_close(found[..., :8], weights @ inputs.values, atol=1e-4, rtol=0)


def test_a_place_is_the_mean_vote_of_the_inputs_a_slot_won():
    attention = make()
    keys = torch.zeros(1, 8, 8)
    inputs = Inputs(keys, keys, torch.tensor([[[-0.9, 0.0]] * 4 + [[0.9, 0.5]] * 4]))
    with torch.no_grad():
        attention.nearness.fill_(100.0)
    slots = torch.cat([torch.zeros(1, 3, 8), torch.tensor([[[-1.0, 0.0], [1.0, 0.0], [9.0, 9.0]]])], -1)
    moved = attention.update(inputs, slots)
    torch.testing.assert_close(moved[0, :2, 8:], torch.tensor([[-0.9, 0.0], [0.9, 0.5]]))


def test_slots_without_places_are_contents_alone():
    attention = SlotAttention(6, 8, 3, start="gaussian")
    inputs = attention.project(torch.randn(2, 5, 6))
    assert inputs.votes is None
    first = attention.first(inputs, Noise(torch.Generator().manual_seed(0)))
    assert attention(inputs, first).shape == (2, 3, attention.width) == (2, 3, 8)
    assert not torch.equal(first[0], first[1]), "every video draws its own"


def test_seeds_stand_out_and_keep_apart():
    votes = torch.tensor([[[-0.9, 0.0], [-0.8, 0.0], [0.9, 0.5], [0.0, -0.9]]])
    contrast = torch.tensor([[3.0, 2.9, 1.0, 0.0]])
    torch.testing.assert_close(seeds(votes, contrast, 2), votes[:, [0, 2]])


def test_seeded_slots_begin_with_the_background():
    attention = make(start="seeds")
    inputs = attention.project(torch.randn(2, 8, 6), torch.rand(2, 8))
    first = attention.first(inputs, Noise())
    assert torch.equal(first[0, 1, :8], first[0, 2, :8]) and not torch.equal(first[0, 0, :8], first[0, 1, :8])
    assert torch.equal(first[:, 0, 8:], attention.place.expand(2, -1))
    with pytest.raises(InputError, match="places"):
        SlotAttention(6, 8, 3, start="seeds")


@pytest.mark.parametrize("order", [[2, 0, 1], [1, 2, 0]])
def test_slots_have_no_order(order):
    attention = make()
    inputs = attention.project(torch.randn(2, 8, 6))
    slots = torch.randn(2, 3, attention.width)
    torch.testing.assert_close(attention(inputs, slots[:, order]), attention(inputs, slots)[:, order])


def test_grid_is_of_centres_row_by_row():
    cells = grid(2, 4)
    torch.testing.assert_close(cells[0], torch.tensor([-0.75, -0.5]))
    torch.testing.assert_close(cells[1] - cells[0], torch.tensor([0.5, 0.0]))
    torch.testing.assert_close(cells.mean(0), torch.zeros(2))


def test_linear_positions_step_alike_everywhere():
    vectors = LinearPositions(4, 4, 5)().unflatten(0, (4, 4))
    steps = vectors[:, 1:] - vectors[:, :-1]
    torch.testing.assert_close(steps, steps[:1, :1].expand_as(steps))


def test_waves_tell_small_offsets_apart():
    near = waves(torch.tensor([[0.0, 0.0], [0.05, 0.0]]), 4)
    assert near.shape == (2, 18)
    assert (near[0] - near[1]).norm() > 0.5


def test_mlp_ends_without_an_activation():
    assert [type(layer).__name__ for layer in mlp(2, 3, 1)] == ["Linear", "ReLU", "Linear"]
