"""The optimiser of a training, with the groups that a model declares and the turns that they take."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from worldmodels.errors import InputError
from worldmodels.model import WorldModel
from worldmodels.stages import REST, Group, Stage, StagePlan, check_stages
from worldmodels.training.config import OptimizerConfig
from worldmodels.training.schedule import Piecewise


def make_optimizer(model: WorldModel, config: OptimizerConfig) -> torch.optim.Optimizer:
    """One Adam or AdamW over the model's declared groups and the rest, each with its settings.

    It does what an optimiser for each group would do, bit for bit: Adam's moments and step counts are a parameter's
    own, and one without a gradient is passed over.

    Raises:
        InputError: for a group without parameters, or two groups with the same.
        UnknownNameError: for a stage with an unknown group.
    """
    check_stages(model.stages, model.groups)
    groups = [_settings(group, parameters, config) for group, parameters in _members(model)]
    kind = torch.optim.AdamW if config.name == "adamw" else torch.optim.Adam
    return kind(groups, lr=config.lr, betas=config.betas, eps=config.eps, fused=True)


def set_rates(optimizer: torch.optim.Optimizer, config: OptimizerConfig, plan: StagePlan, step: int) -> None:
    """Learning rates at a step: base x schedule x group x stage."""
    base = config.lr * Piecewise(config.schedule)(plan.moment(step).progress)
    rates = plan.stage(step).rates
    for group in optimizer.param_groups:
        group["lr"] = base * group["rate"] * rates.get(group["name"], 1.0)


def let_rest(optimizer: torch.optim.Optimizer, stage: Stage, turn: str | None) -> None:
    """Only the groups that learn in a turn ask for gradients; they flow through the others all the same."""
    resting = stage.resting(turn)
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.requires_grad_(group["name"] not in resting)


def drop_resting_gradients(optimizer: torch.optim.Optimizer, stage: Stage, turn: str | None) -> None:
    """Leave the groups alone that rest, the optimiser's moments of them too."""
    resting = stage.resting(turn)
    for group in optimizer.param_groups:
        if group["name"] in resting:
            for parameter in group["params"]:
                parameter.grad = None


def clip_gradients(optimizer: torch.optim.Optimizer, config: OptimizerConfig) -> None:
    """Each group with a `clip` of its own by itself, all others together by the trainer's."""
    together = []
    for group in optimizer.param_groups:
        if group["clip"] is None:
            together += group["params"]
        else:
            nn.utils.clip_grad_norm_(group["params"], group["clip"])
    if config.clip is not None:
        nn.utils.clip_grad_norm_(together, config.clip)


def set_modes(model: WorldModel, stage: Stage) -> None:
    """Training mode for all modules but those of groups that the stage freezes."""
    model.train()
    prefixes = tuple(prefix for group in model.groups if group.name in stage.frozen for prefix in group.prefixes)
    for name, module in model.named_modules():
        if prefixes and f"{name}.".startswith(prefixes):
            module.train(False)


def _members(model: WorldModel) -> list[tuple[Group, list[nn.Parameter]]]:
    declared = list(model.groups)
    members: list[tuple[Group, list[nn.Parameter]]] = [(group, []) for group in (*declared, Group(REST, ()))]
    for name, parameter in model.named_parameters():
        claims = [i for i, group in enumerate(declared) if name.startswith(group.prefixes)]
        if len(claims) > 1:
            both = " and ".join(declared[i].name for i in claims)
            raise InputError(f"parameter {name} is in the groups {both}; fix {type(model).__name__}.groups.")
        if parameter.requires_grad:
            members[claims[0] if claims else -1][1].append(parameter)
    for group, parameters in members[:-1]:
        if not parameters:
            raise InputError(f"group {group.name!r} of {type(model).__name__} has no parameter: {group.prefixes}.")
    return [(group, parameters) for group, parameters in members if parameters]


def _settings(group: Group, parameters: list[nn.Parameter], config: OptimizerConfig) -> dict[str, Any]:
    settings: dict[str, Any] = {"params": parameters, "name": group.name, "rate": group.rate, "clip": group.clip}
    settings["weight_decay"] = config.weight_decay if group.weight_decay is None else group.weight_decay
    settings["betas"] = config.betas if group.betas is None else group.betas
    return settings
