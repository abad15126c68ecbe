"""PPO is saved and resumed, and its progress knows its total."""

import pytest
import torch

from worldmodels.errors import CheckpointError, InputError
from worldmodels.worlds import World
from worldmodels_agents import episodes_callback
from worldmodels_agents.ppo import PPOConfig, learn

CONFIG = {"total_timesteps": 256, "n_steps": 8, "batch_size": 16, "n_epochs": 1, "save_every": 3, "hidden": 8}


def train(state=None, **changes):
    return learn(World.named("reach").make_vec(4), PPOConfig(**{**CONFIG, **changes}), state=state, device="cpu")


class Killed(BaseException):
    pass


def test_a_training_that_was_cut_short_ends_as_an_unbroken_one(tmp_path, monkeypatch):
    torch.set_num_threads(1)
    whole, write, state = train(), episodes_callback.write_file, tmp_path / "state"

    def write_and_die(path, content):
        write(path, content)
        raise Killed

    for _ in range(2):
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(episodes_callback, "write_file", write_and_die)
            train(state)
    resumed = train(state)
    assert resumed.num_timesteps == whole.num_timesteps == 256
    pairs = zip(whole.policy.state_dict().values(), resumed.policy.state_dict().values(), strict=True)
    assert all(torch.equal(first, second) for first, second in pairs)
    with pytest.raises(InputError, match="other settings"):
        train(state, gamma=0.5)
    state.write_bytes(b"PK")
    with pytest.raises(CheckpointError, match="remove it"):
        train(state)


def test_an_update_needs_two_steps():
    with pytest.raises(InputError, match="at least 2 steps"):
        learn(World.named("reach").make_vec(1), PPOConfig(**{**CONFIG, "n_steps": 1}), device="cpu")


@pytest.mark.parametrize(
    "wrong",
    [{"gamma": 1.5}, {"gamma": float("nan")}, {"n_epochs": 0}, {"seed": -1}, {"batch_size": 1}, {"n_steps": 2.5}],
)
def test_nonsense_is_refused_however_the_settings_are_made(wrong):
    with pytest.raises(InputError, match=f"PPOConfig.{next(iter(wrong))} = "):
        PPOConfig(**wrong)


def test_the_last_update_does_not_go_beyond_the_total(capsys):
    config = PPOConfig(**{**CONFIG, "total_timesteps": 100})
    learn(World.named("reach").make_vec(4), config, progress=True, device="cpu")
    assert "100/100 steps" in capsys.readouterr().err
