"""Seeds keep apart, tokens are shared out, and plain ones go to the background."""

import dataclasses

import pytest
import torch

from worldmodels.noise import Noise
from worldmodels_inferno.attention import LEAST, Encoder, SceneAttention, seeds
from worldmodels_inferno.config import INFERNOConfig

CONFIG = INFERNOConfig(slots=3, width=16, encoder=((8, 5, 2), (8, 3, 2)))


def frames_with_squares():
    """Two squares on grey, and the grey alone."""
    frames = torch.full((2, 3, 32, 32), 0.5)
    frames[0, 0, 8:12, 8:12] = 1.0
    frames[0, 2, 20:24, 20:24] = 1.0
    return frames, torch.full((1, 3, 32, 32), 0.5)


@pytest.fixture
def tokens():
    torch.manual_seed(0)
    encoder = Encoder((3, 32, 32), CONFIG)
    torch.nn.init.zeros_(encoder.to_vote.weight)  # each token votes for its own place
    return encoder(*frames_with_squares())


def test_contrast_is_what_differs_from_the_background(tokens):
    contrast = tokens.contrast[0].view(8, 8)
    assert contrast[2, 2] > 0.2 and contrast[5, 5] > 0.2
    assert (tokens.contrast[1] == LEAST).all() and contrast[0, 7] == LEAST


def test_seeds_begin_at_objects_and_keep_apart(tokens):
    attention = SceneAttention(CONFIG)
    slots = attention.begin(tokens, Noise())
    assert slots.content.shape == (2, 4, 16) and slots.seen.shape == (2, 3, 2)
    first, second = slots.seen[0, :2]
    assert (first - second).norm() > CONFIG.apart
    assert (slots.stood_out[0, :2] > 0.1).all() and slots.stood_out[0, 2] < 0.05
    assert (slots.stood_out[1] <= 2 * LEAST).all()


def test_seeds_of_known_votes():
    votes = torch.tensor([[(-0.5, 0.0), (-0.45, 0.0), (0.5, 0.0)]])
    chosen, by = seeds(votes, torch.tensor([[0.9, 0.8, 0.3]]), 2, 0.36)
    torch.testing.assert_close(chosen, torch.tensor([[(-0.5, 0.0), (0.5, 0.0)]]))
    torch.testing.assert_close(by, torch.tensor([[0.9, 0.3]]), atol=1e-3, rtol=0)


def test_shares_sum_to_one_and_plain_tokens_are_the_backgrounds(tokens):
    attention = SceneAttention(CONFIG)
    slots = attention(tokens, attention.begin(tokens, Noise()))
    shares = attention.attend(tokens, slots)
    torch.testing.assert_close(shares.sum(1), torch.ones(2, 64))
    plain = tokens.contrast == LEAST
    assert (shares[:, -1][plain] > 0.99).all()
    assert (slots.mass[1] == 0).all() and (slots.mass[0] >= 0).all() and slots.mass[0].sum() > 0


def test_the_papers_slots_are_drawn():
    config = dataclasses.replace(CONFIG, start="gaussian", pose="mlp")
    attention = SceneAttention(config)
    tokens = Encoder((3, 32, 32), config)(*frames_with_squares())
    one, same, other = (
        attention.begin(tokens, Noise(torch.Generator().manual_seed(seed))).content for seed in (0, 0, 1)
    )
    assert torch.equal(one, same) and not torch.equal(one, other)
    assert not torch.equal(one[:, 0], one[:, 1])
    means = attention.begin(tokens, Noise(temperature=0.0)).content
    assert torch.equal(means[:, 0], means[:, 1]) and not torch.equal(means[:, 0], means[:, -1])
