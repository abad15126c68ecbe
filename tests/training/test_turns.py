"""Opponents take turns within automatic optimisation."""

import importlib.util
from pathlib import Path

import torch

from worldmodels import checkpoints
from worldmodels.stages import Moment
from worldmodels.training import OptimizerConfig, TrainConfig, train


def load_game():
    spec = importlib.util.spec_from_file_location("game", Path(__file__).parent / "game.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


game = load_game()


def config(**settings):
    return TrainConfig(**{"batch_size": 4, "length": 3, "held_out": 0.0, "log_every": 5, **settings})


def test_one_optimiser_in_turns_is_two_optimisers_bit_for_bit(store, tmp_path):
    settings = config(steps=60, optimizer=OptimizerConfig(lr=1e-3))
    turned, straight = game.fresh(store.spec), game.fresh(store.spec)
    train(turned, store, tmp_path / "turned", settings, progress=False)
    game.by_two_optimisers(straight, store, settings)
    pairs = zip(turned.state_dict().items(), straight.state_dict().values(), strict=True)
    assert [name for (name, one), other in pairs if not torch.equal(one, other)] == []


def test_resting_players_keep_weights_and_moments(store, tmp_path):
    folder = train(game.fresh(store.spec), store, tmp_path / "run", config(steps=2), progress=False)
    (state,) = checkpoints.read_training(folder)["optimizer_states"]
    names = {index: group["name"] for group in state["param_groups"] for index in group["params"]}
    assert {names[index] for index in state["state"]} == {"critic"}
    before, after = game.fresh(store.spec), checkpoints.load(folder)
    moved = {
        name
        for (name, one), other in zip(before.named_parameters(), after.parameters(), strict=True)
        if not torch.equal(one, other)
    }
    assert moved and all(name.startswith("critic.") for name in moved)


def test_players_ask_for_gradients_again_after_the_training(store, tmp_path):
    model = game.fresh(store.spec)
    train(model, store, tmp_path / "run", config(steps=4), progress=False)
    assert all(parameter.requires_grad for parameter in model.parameters())


def test_terms_are_logged_by_turn_and_validation_sees_every_player(store, tmp_path):
    settings = config(steps=6, held_out=0.25, validate_every=3, validation_batches=1, log_every=6)
    folder = train(game.fresh(store.spec), store, tmp_path / "run", settings, progress=False)
    assert set(checkpoints.read_config(folder)["provenance"]["losses"]) == {"critic/total", "generator/total"}


def test_a_turn_computes_its_own_loss(store):
    model, batch = game.fresh(store.spec), torch.rand(2, 3, 3, 8, 8)
    actions = torch.nn.functional.one_hot(torch.randint(4, (2, 2)), 4).float()
    clips = game.Batch(batch, actions)
    totals = {turn: model.losses(clips, Moment.at(0.5, turn=turn))["total"] for turn in ("critic", "generator")}
    totals["critic"].backward()
    assert model.decoder.weight.grad is None
    totals["generator"].backward()
    assert model.decoder.weight.grad.abs().sum() > 0
