import pytest
import torch

from worldmodels.errors import InputError, UnknownNameError
from worldmodels.stages import Group, Stage
from worldmodels.testing.toy import Toy
from worldmodels.training import OptimizerConfig
from worldmodels.training.optimizer import drop_frozen_gradients, make_optimizer, set_rates


class Grouped(Toy):
    groups = (Group("coder", ("encoder.", "decoder."), rate=0.5, weight_decay=0.1),)
    phases = (Stage("first", 1, rates={"coder": 0.0}), Stage("second", 1, rates={"coder": 0.5}))

    def parameter_groups(self):
        return self.groups

    def stages(self):
        return self.phases


def test_every_parameter_is_in_one_group(make_model):
    model = make_model(Grouped)
    optimizer = make_optimizer(model, OptimizerConfig(weight_decay=0.2))
    named = {group["name"]: group for group in optimizer.param_groups}
    assert {name: group["weight_decay"] for name, group in named.items()} == {"coder": 0.1, "rest": 0.2}
    found = [id(parameter) for group in optimizer.param_groups for parameter in group["params"]]
    assert sorted(found) == sorted(map(id, model.parameters()))


@pytest.mark.parametrize(("progress", "coder", "rest"), [(0.0, 0.0, 0.0), (0.25, 0.0, 1.0), (0.5, 0.5, 2.0)])
def test_rates_multiply_schedule_group_and_stage(make_model, progress, coder, rest):
    model, config = make_model(Grouped), OptimizerConfig(lr=2.0, schedule=((0.0, 0.0), (0.5, 1.0)))
    optimizer = make_optimizer(model, config)
    set_rates(optimizer, model, config, progress)
    assert {group["name"]: group["lr"] for group in optimizer.param_groups} == {"coder": coder, "rest": rest}


def test_frozen_groups_stay_as_they_are_in_spite_of_momentum_and_decay(make_model):
    model, config = make_model(Grouped), OptimizerConfig("adamw", weight_decay=0.1)
    optimizer = make_optimizer(model, config)
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    set_rates(optimizer, model, config, 0.0)
    drop_frozen_gradients(optimizer, model, 0.0)
    optimizer.step()
    moved = {name for name, parameter in model.named_parameters() if not torch.equal(parameter, before[name])}
    assert moved == {name for name in before if not name.startswith(("encoder.", "decoder."))}
    assert model.encoder.weight not in optimizer.state


@pytest.mark.parametrize(
    ("groups", "phases", "error", "message"),
    [
        ((Group("a", ("encoder.",)), Group("b", ("encoder.w",))), (), InputError, "in the groups a and b"),
        ((Group("a", ("coder.",)),), (), InputError, "'a' of Grouped has no parameter"),
        ((Group("coder", ("encoder.",)),), (Stage("s", 1, rates={"codr": 0}),), UnknownNameError, "'coder'"),
    ],
)
def test_wrong_declarations_are_refused(make_model, monkeypatch, groups, phases, error, message):
    monkeypatch.setattr(Grouped, "groups", groups)
    monkeypatch.setattr(Grouped, "phases", phases)
    with pytest.raises(error, match=message):
        make_optimizer(make_model(Grouped), OptimizerConfig())


@pytest.mark.parametrize("wrong", [{"lr": 0.0}, {"clip": -1.0}, {"schedule": ()}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(InputError):
        OptimizerConfig(**wrong)
