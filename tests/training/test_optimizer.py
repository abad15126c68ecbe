import pytest
import torch

from worldmodels.errors import InputError, UnknownNameError
from worldmodels.stages import Group, Stage, StagePlan
from worldmodels.testing.toy import Toy
from worldmodels.training import OptimizerConfig
from worldmodels.training.optimizer import (
    clip_gradients,
    drop_resting_gradients,
    let_rest,
    make_optimizer,
    set_modes,
    set_rates,
)


class Grouped(Toy):
    groups = (Group("coder", ("encoder.", "decoder."), rate=0.5, weight_decay=0.1),)
    stages = (Stage("first", 1, rates={"coder": 0.0}), Stage("second", 1, rates={"coder": 0.5}))


def plan(steps=4):
    return StagePlan.lay(Grouped.stages, steps)


def test_every_parameter_is_in_one_group(make_model):
    model = make_model(Grouped)
    optimizer = make_optimizer(model, OptimizerConfig(weight_decay=0.2))
    named = {group["name"]: group for group in optimizer.param_groups}
    assert {name: group["weight_decay"] for name, group in named.items()} == {"coder": 0.1, "rest": 0.2}
    found = [id(parameter) for group in optimizer.param_groups for parameter in group["params"]]
    assert sorted(found) == sorted(map(id, model.parameters()))


@pytest.mark.parametrize(("step", "coder", "rest"), [(0, 0.0, 0.0), (1, 0.0, 1.0), (2, 0.5, 2.0), (9, 0.5, 2.0)])
def test_rates_multiply_schedule_group_and_stage(make_model, step, coder, rest):
    model, config = make_model(Grouped), OptimizerConfig(lr=2.0, schedule=((0.0, 0.0), (0.5, 1.0)))
    optimizer = make_optimizer(model, config)
    set_rates(optimizer, config, plan(), step)
    assert {group["name"]: group["lr"] for group in optimizer.param_groups} == {"coder": coder, "rest": rest}


def test_frozen_groups_stay_as_they_are_in_spite_of_momentum_and_decay(make_model):
    model, config = make_model(Grouped), OptimizerConfig("adamw", weight_decay=0.1)
    optimizer = make_optimizer(model, config)
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    set_rates(optimizer, config, plan(), 0)
    drop_resting_gradients(optimizer, Grouped.stages[0], None)
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
        ((Group("coder", ("encoder.",)),), (Stage("s", 1, turns=("codr",)),), UnknownNameError, "'coder'"),
        ((Group("coder", ("encoder.",)),), (Stage("s", 1, frozen=("codr",)),), UnknownNameError, "'coder'"),
        ((), (Stage("s", 1), Stage("s", 1)), InputError, "share a name"),
    ],
)
def test_wrong_declarations_are_refused(make_model, monkeypatch, groups, phases, error, message):
    monkeypatch.setattr(Grouped, "groups", groups)
    monkeypatch.setattr(Grouped, "stages", phases)
    with pytest.raises(error, match=message):
        make_optimizer(make_model(Grouped), OptimizerConfig())


@pytest.mark.parametrize("wrong", [{"lr": 0.0}, {"clip": -1.0}, {"schedule": ()}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(InputError):
        OptimizerConfig(**wrong)


def test_groups_have_betas_and_clips_of_their_own(make_model, monkeypatch):
    group = Group("coder", ("encoder.", "decoder."), betas=(0.0, 0.9), clip=0.5)
    monkeypatch.setattr(Grouped, "groups", (group,))
    model, config = make_model(Grouped), OptimizerConfig(clip=2.0)
    optimizer = make_optimizer(model, config)
    assert {g["name"]: g["betas"] for g in optimizer.param_groups} == {"coder": (0.0, 0.9), "rest": (0.9, 0.999)}
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    clip_gradients(optimizer, config)
    norms = {
        g["name"]: torch.stack([p.grad.square().sum() for p in g["params"]]).sum().sqrt().item()
        for g in optimizer.param_groups
    }
    assert norms == pytest.approx({"coder": 0.5, "rest": 2.0}, rel=1e-4)


def test_what_rests_asks_for_no_gradient_and_lets_it_through(make_model):
    model = make_model(Grouped)
    optimizer = make_optimizer(model, OptimizerConfig())
    stage = Stage("turns", 1, turns=("coder", "rest"))
    let_rest(optimizer, stage, "rest")
    asking = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert asking and not any(name.startswith(("encoder.", "decoder.")) for name in asking)
    let_rest(optimizer, stage, "coder")
    assert {name for name, p in model.named_parameters() if p.requires_grad} == {
        name for name, _ in model.named_parameters() if name.startswith(("encoder.", "decoder."))
    }


def test_frozen_groups_are_in_evaluation_mode(make_model):
    model = make_model(Grouped)
    set_modes(model, Stage("second", 1, frozen=("coder",)))
    assert not model.encoder.training and not model.decoder.training
    assert model.transition.training and all(module.training for module in model.transition)
    set_modes(model, Stage("third", 1))
    assert model.encoder.training
