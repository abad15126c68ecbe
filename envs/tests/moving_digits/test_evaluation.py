import numpy as np
import pytest

from worldmodels_envs.moving_digits import evaluation_set, load_digits, resolve_config


@pytest.mark.parametrize(("name", "length"), [("stochastic", 25), ("deterministic", 100)])
def test_the_evaluation_set_uses_every_test_digit_once(name, length):
    config = resolve_config(name, size=32)
    data = evaluation_set(config)
    assert data["frames"].shape == (180, length, 32, 32, 1)
    labels = load_digits(resolve_config(config, split="test")).labels
    assert (np.bincount(data["labels"][:, 0].ravel()) == np.bincount(labels)).all()
    assert (evaluation_set(config, length=3)["frames"] == data["frames"][:, :3]).all()


def test_an_evaluation_set_needs_enough_digits():
    with pytest.raises(ValueError, match="only 360 pictures"):
        evaluation_set(resolve_config("stochastic", digits=361))


def test_numbers_out_of_range_are_refused():
    with pytest.raises(ValueError, match="length is 0"):
        evaluation_set(length=0)
