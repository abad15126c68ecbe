import numpy as np
import pytest
import torch

from worldmodels.errors import InputError
from worldmodels_snitch.head import SnitchHead, SnitchHeadConfig, waves

SMALL = SnitchHeadConfig(layers=2, width=16, heads=2)


def head(slots=3, features=5, frames=7, config=SMALL):
    torch.manual_seed(0)
    return SnitchHead(config, (slots, features), frames, 36).eval()


def inputs(slots=3):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(2, 4, slots, 5, generator=generator), torch.tensor([[0, 2, 3, 6], [1, 2, 4, 5]])


def test_the_default_is_the_papers():
    config = SnitchHeadConfig()
    assert (config.layers, config.width) == (12, 128)
    assert len(head(config=config).transformer.layers) == 12


def test_the_order_of_slots_does_not_matter_and_that_of_frames_does():
    model, (values, times) = head(), inputs()
    logits = model(values, times)
    assert logits.shape == (2, 36)
    torch.testing.assert_close(model(values[:, :, [2, 0, 1]], times), logits)
    assert not torch.allclose(model(values.flip(1), times), logits, atol=1e-4)


def test_standardised_inputs_give_the_same_whatever_their_scale():
    model, (values, times) = head(), inputs()
    before = model(values, times)
    model.standardise(np.full(5, 3.0), np.full(5, 10.0))
    torch.testing.assert_close(model(values * 10 + 3, times), before, atol=1e-4, rtol=1e-4)


def test_a_constant_feature_stays_small():
    model, (values, times) = head(), inputs()
    model.standardise(np.zeros(5), np.array([1.0, 1.0, 1.0, 1.0, 0.0]))
    assert model(values, times).abs().max() < 100


def test_masked_slots_can_be_told_only_from_the_others():
    torch.manual_seed(1)
    model, (values, times) = head(), inputs()
    values[:, :, 1:] = values[:, :, :1]  # every slot tells what the others are
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    first = model.masked_loss(values, times)
    for _ in range(60):
        optimizer.zero_grad()
        model.masked_loss(values, times).backward()
        optimizer.step()
    assert model.masked_loss(values, times) < 0.3 * first


def test_one_slot_cannot_be_masked():
    with pytest.raises(InputError, match="needs slots"):
        head(slots=1).masked_loss(*inputs(slots=1))


@pytest.mark.parametrize("sizes", [{"layers": 0}, {"width": 20, "heads": 8}])
def test_impossible_sizes(sizes):
    with pytest.raises(InputError, match=r"layers = 0|no multiple"):
        SnitchHeadConfig(**sizes)


@pytest.mark.parametrize(("frames", "width"), [(1, 4), (101, 128), (7, 5)])
def test_every_frame_begins_with_a_number_of_its_own_and_like_its_neighbours(frames, width):
    first = waves(frames, width)
    assert first.shape == (frames, width) and first.isfinite().all()
    if frames > 2:
        apart = torch.cdist(first, first)
        assert (apart + torch.eye(frames)).min() > 0.1
        assert apart.diagonal(1).mean() < apart.diagonal(frames // 2).mean()
