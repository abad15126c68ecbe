import pytest
import torch

from worldmodels.errors import InputError
from worldmodels.rollout import join, pack, stack


def belief(value, batch=3):
    return pack({"state": torch.full((batch, 2), float(value)), "look": torch.ones(batch, 4)}, (batch,))


def rollout(*values):
    return stack([belief(value) for value in values], ("state",), ("look",))


def test_stack_keeps_what_varies_over_time_and_what_is_constant_once():
    made = rollout(1, 2, 5)
    assert (made.batch, made.horizon) == (3, 3)
    assert made.beliefs["state"][0, :, 0].tolist() == [1, 2, 5]
    assert set(made.beliefs.keys()) == {"state"}
    assert made.constant["look"].shape == (3, 4)
    assert made.constant["look"].data_ptr() == made.last["look"].data_ptr()
    assert made.last["state"][0, 0] == 5


@pytest.mark.parametrize(
    ("time", "expected"), [(0, [1]), (2, [5]), (-1, [5]), (-2, [2]), (slice(1, None), [2, 5]), (slice(0, 2), [1, 2])]
)
def test_at_cuts_time(time, expected):
    assert rollout(1, 2, 5).at(time).beliefs["state"][0, :, 0].tolist() == expected


def test_indexing_picks_rollouts_of_the_batch():
    picked = rollout(1, 2)[torch.tensor([2, 0])]
    assert (picked.batch, picked.horizon) == (2, 2)
    assert picked.last.batch_size == picked.constant.batch_size == (2,)


def test_join_puts_one_after_the_other():
    joined = join([rollout(1, 2), rollout(3)])
    assert joined.beliefs["state"][0, :, 0].tolist() == [1, 2, 3]
    assert joined.last["state"][0, 0] == 3
    with pytest.raises(InputError, match="no rollout"):
        join([])


def test_detach_and_device():
    state = torch.ones(2, 1, requires_grad=True)
    made = stack([pack({"state": state * 2}, (2,))], ("state",), ())
    assert made.last["state"].requires_grad
    assert not made.detach().last["state"].requires_grad
    assert made.to("meta").beliefs["state"].device.type == "meta"


def test_a_packed_belief_behaves_as_a_tensordict():
    packed = belief(1)
    assert packed[:2].batch_size == (2,)
    assert torch.cat([packed, packed[:1]]).batch_size == (4,)
    assert packed.clone()["state"].shape == (3, 2)
