"""How a training begins: prepared on data, from another checkpoint, by a plan that stays; and averages of weights."""

import os
import shutil

import pytest
import torch

from worldmodels import checkpoints
from worldmodels.errors import CheckpointError, InputError
from worldmodels.testing.plugins import install
from worldmodels.testing.toy import Toy
from worldmodels.training import OptimizerConfig, TrainConfig, TrainerConfig, train

MORE = """
import torch
from torch import nn
from worldmodels.stages import Stage
from worldmodels.testing.toy import Toy


class Prepared(Toy):
    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        self.register_buffer("seen", torch.zeros(2))

    def prepare(self, batch):
        self.seen += torch.stack([batch.frames.mean(), torch.ones(())])


class Averaged(Toy):
    average = 0.9


class Phased(Toy):
    stages = (Stage("short", 1, length=2), Stage("long", 1, length=4))
    told = []

    def losses(self, batch, moment):
        self.told.append((moment.step, moment.stage, moment.progress, batch.frames.shape[1]))
        return super().losses(batch, moment)
"""


@pytest.fixture(scope="module")
def kinds(site):
    import importlib

    (site / "more_toys.py").write_text(MORE)
    for name in ("Prepared", "Averaged", "Phased"):
        install(site, name.lower(), f"more_toys:{name}")
    return lambda name: getattr(importlib.import_module("more_toys"), name)


def config(**settings):
    return TrainConfig(**{"batch_size": 4, "length": 4, "held_out": 0.0, "save_every": 2, "steps": 6, **settings})


def test_models_are_prepared_once_on_the_first_batch(make_model, store, tmp_path, kinds):
    model = make_model(kinds("Prepared"), heads={})
    train(model, store, tmp_path / "run", config(steps=2), progress=False)
    train(model, store, tmp_path / "run", config(steps=4), progress=False)
    assert model.seen[1] == 1 and model.seen[0] == pytest.approx(0.5, abs=0.05)


def test_a_model_that_goes_on_with_other_data_is_not_prepared_again(make_model, store, tmp_path, kinds):
    model = make_model(kinds("Prepared"), heads={})
    train(model, store, tmp_path / "first", config(steps=1), progress=False)
    train(model, store, tmp_path / "second", config(steps=1), prepare=False, progress=False)
    assert model.seen[1] == 1


def test_averages_lie_beside_the_weights_and_are_what_is_loaded(make_model, store, tmp_path, kinds):
    model = make_model(kinds("Averaged"), heads={})
    steps = [train(model, store, tmp_path / f"{n}", config(steps=n), progress=False) for n in (1, 2, 3)]
    weights = [checkpoints.read_weights(folder / checkpoints.WEIGHTS)["encoder.weight"] for folder in steps]
    averages = [checkpoints.read_weights(folder / checkpoints.AVERAGE)["encoder.weight"] for folder in steps]
    assert torch.equal(averages[0], weights[0])


def test_averages_follow_the_weights_by_their_decay(make_model, store, tmp_path, kinds):
    train(
        make_model(kinds("Averaged"), heads={}), store, tmp_path / "run", config(save_every=1, keep=9), progress=False
    )
    folders = sorted((tmp_path / "run" / "checkpoints").glob("step-*"))
    weights = [checkpoints.read_weights(folder / checkpoints.WEIGHTS)["encoder.weight"] for folder in folders]
    average = weights[0]
    for now, folder in zip(weights[1:], folders[1:], strict=True):
        average = 0.9 * average + 0.1 * now
        torch.testing.assert_close(checkpoints.read_weights(folder / checkpoints.AVERAGE)["encoder.weight"], average)
    assert torch.equal(checkpoints.load(tmp_path / "run").encoder.weight, checkpoints.load(folders[-1]).encoder.weight)
    torch.testing.assert_close(checkpoints.load(tmp_path / "run").encoder.weight, average)


def test_a_training_with_averages_goes_on_where_it_stopped(make_model, store, tmp_path, kinds):
    unbroken, broken = (make_model(kinds("Averaged"), heads={}) for _ in range(2))
    train(unbroken, store, tmp_path / "unbroken", config(), progress=False)
    train(broken, store, tmp_path / "broken", config(steps=2), progress=False)
    train(broken, store, tmp_path / "broken", config(), progress=False)
    for name in (checkpoints.WEIGHTS, checkpoints.AVERAGE):
        whole, resumed = (checkpoints.find(tmp_path / run) / name for run in ("unbroken", "broken"))
        assert whole.read_bytes() == resumed.read_bytes()


def test_a_training_begins_from_parts_of_another(make_model, store, tmp_path):
    source = train(make_model(heads={}), store, tmp_path / "first", config(), progress=False)
    learned = checkpoints.read_weights(source / checkpoints.WEIGHTS)
    torch.manual_seed(1)
    model = Toy(store.spec, make_model().config)
    other = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    still = config(steps=1, optimizer=OptimizerConfig(lr=1e-30))
    train(model, store, tmp_path / "second", still, init=source, parts=("encoder.",), progress=False)
    weights = model.state_dict()
    assert torch.equal(weights["encoder.weight"], learned["encoder.weight"])
    assert torch.equal(weights["decoder.weight"], other["decoder.weight"])
    provenance = checkpoints.read_config(checkpoints.find(tmp_path / "second"))["provenance"]
    assert provenance["init"] == str(source) and provenance["parts"] == ["encoder."]


@pytest.mark.parametrize(("parts", "message"), [(("coder.",), "has no part 'coder.'"), ((), "do not fit")])
def test_parts_that_are_not_there_or_do_not_fit_are_refused(make_model, store, tmp_path, parts, message):
    source = train(make_model(heads={}), store, tmp_path / "first", config(steps=1), progress=False)
    with pytest.raises(CheckpointError, match=message):
        train(
            make_model(state=4, heads={}), store, tmp_path / "run", config(), init=source, parts=parts, progress=False
        )


def test_more_steps_prolong_the_last_stage_and_never_lead_back(make_model, store, tmp_path, kinds):
    model = make_model(kinds("Phased"), heads={})
    ramp = OptimizerConfig(schedule=((0.0, 1.0), (1.0, 0.1)))
    train(model, store, tmp_path / "run", config(steps=4, optimizer=ramp), progress=False)
    type(model).told.clear()
    folder = train(model, store, tmp_path / "run", config(steps=9, optimizer=ramp), progress=False)
    assert [step for step, *_ in model.told] == [4, 5, 6, 7, 8]
    assert {(stage, progress, frames) for _, stage, progress, frames in model.told} == {("long", 1.0, 4)}
    (state,) = checkpoints.read_training(folder)["optimizer_states"]
    assert state["param_groups"][0]["lr"] == pytest.approx(1e-4)


def test_the_same_data_may_lie_elsewhere_and_other_data_may_not_take_its_place(
    make_model, store, make_store, tmp_path, monkeypatch
):
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
    shutil.copytree(store.folder, tmp_path / "here" / "data")
    make_store(tmp_path / "there" / "data", episodes=9)
    monkeypatch.chdir(tmp_path / "here")
    train(make_model(heads={}), "data", tmp_path / "run", config(steps=2), progress=False)
    monkeypatch.chdir(tmp_path / "there")
    with pytest.raises(InputError, match="a training with other data"):
        train(make_model(heads={}), "data", tmp_path / "run", config(), progress=False)
    folder = train(make_model(heads={}), os.path.join("..", "here", "data"), tmp_path / "run", config(), progress=False)
    assert checkpoints.read_config(folder)["provenance"]["data"] == [str(tmp_path / "here" / "data")]


def test_double_precision_trains(make_model, store, tmp_path):
    model = make_model()
    train(model, store, tmp_path / "run", config(trainer=TrainerConfig(precision="64-true")), progress=False)
    assert model.encoder.weight.dtype == torch.float64
    assert checkpoints.load(tmp_path / "run").encoder.weight.isfinite().all()


def test_a_training_of_the_first_contract_is_refused(make_model, store, tmp_path):
    import json

    folder = train(make_model(heads={}), store, tmp_path / "run", config(steps=2), progress=False)
    old = checkpoints.read_config(folder)
    del old["provenance"]["plan"]
    (folder / checkpoints.CONFIG).write_text(json.dumps({**old, "format": 1}))
    assert checkpoints.load(folder).encoder.weight.isfinite().all()
    with pytest.raises(InputError, match="first contract"):
        train(make_model(heads={}), store, tmp_path / "run", config(), progress=False)
