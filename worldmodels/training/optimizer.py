"""The optimiser of a training, with the groups that a model declares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from worldmodels.errors import InputError, UnknownNameError
from worldmodels.model import WorldModel
from worldmodels.stages import Group, stage_at
from worldmodels.training.config import OptimizerConfig
from worldmodels.training.schedule import Piecewise

REST = "rest"


def make_optimizer(model: WorldModel, config: OptimizerConfig) -> torch.optim.Optimizer:
    """Adam or AdamW over the model's declared groups and the rest.

    Raises:
        InputError: for a group without parameters, two groups with the same, or a stage with an unknown group.
    """
    groups = [_settings(group, parameters, config) for group, parameters in _members(model)]
    _check_stages(model)
    kind = torch.optim.AdamW if config.name == "adamw" else torch.optim.Adam
    return kind(groups, lr=config.lr, betas=config.betas, eps=config.eps, fused=True)


def set_rates(optimizer: torch.optim.Optimizer, model: WorldModel, config: OptimizerConfig, progress: float) -> None:
    """Learning rates at a share of the training: base x schedule x group x stage."""
    base = config.lr * Piecewise(config.schedule)(progress)
    rates = stage_at(model.stages(), progress).rates
    for group in optimizer.param_groups:
        group["lr"] = base * group["rate"] * rates.get(group["name"], 1.0)


def drop_frozen_gradients(optimizer: torch.optim.Optimizer, model: WorldModel, progress: float) -> None:
    """Leave the groups alone whose rate is 0 in this stage, the optimiser's moments of them too."""
    rates = stage_at(model.stages(), progress).rates
    for group in optimizer.param_groups:
        if rates.get(group["name"]) == 0:
            for parameter in group["params"]:
                parameter.grad = None


def _members(model: WorldModel) -> list[tuple[Group, list[nn.Parameter]]]:
    declared = list(model.parameter_groups())
    members: list[tuple[Group, list[nn.Parameter]]] = [(group, []) for group in (*declared, Group(REST, ()))]
    for name, parameter in model.named_parameters():
        claims = [i for i, group in enumerate(declared) if name.startswith(group.prefixes)]
        if len(claims) > 1:
            both = " and ".join(declared[i].name for i in claims)
            raise InputError(f"parameter {name} is in the groups {both}; mend {type(model).__name__}.parameter_groups.")
        if parameter.requires_grad:
            members[claims[0] if claims else -1][1].append(parameter)
    for group, parameters in members[:-1]:
        if not parameters:
            raise InputError(f"group {group.name!r} of {type(model).__name__} has no parameter: {group.prefixes}.")
    return [(group, parameters) for group, parameters in members if parameters]


def _settings(group: Group, parameters: Iterable[nn.Parameter], config: OptimizerConfig) -> dict[str, Any]:
    decay = config.weight_decay if group.weight_decay is None else group.weight_decay
    return {"params": parameters, "name": group.name, "rate": group.rate, "weight_decay": decay}


def _check_stages(model: WorldModel) -> None:
    known = [REST, *(group.name for group in model.parameter_groups())]
    for stage in model.stages():
        for name in stage.rates:
            if name not in known:
                raise UnknownNameError(f"group in stage {stage.name!r}", name, known)
