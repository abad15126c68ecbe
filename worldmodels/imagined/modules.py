"""`worldmodels/ImaginedModules-v0`: worlds whose actions are the rules that a model has found in videos."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import torch
from gymnasium import Space, spaces
from torch import Tensor

from worldmodels.abilities import ModuleControl
from worldmodels.batch import Batch
from worldmodels.config import Settings
from worldmodels.errors import InputError
from worldmodels.imagined.origin import open_model
from worldmodels.imagined.single import ImaginedEnv
from worldmodels.imagined.vector import ImaginedVectorEnv
from worldmodels.limits import Whole
from worldmodels.model import WorldModel
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Rollout
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels.wrapper import ModelWrapper


@dataclass(frozen=True)
class ModuleWorldConfig(Settings):
    """Whose modules are chosen.

    Attributes:
        slot: The slot that an action moves; `None` for all of them.
    """

    slot: Whole | None = None


class ModuleWorld(ModelWrapper):
    """A model as it is, but for its actions: each says which module a slot, or every slot, applies next.

    So whatever takes a world model, such as imagined environments and planners, takes one whose actions nobody
    labelled. Slots that are not chosen for go their own way. Observing knows no actions: frames show what was done.

    Args:
        model: A model with the ability `ModuleControl`, of a world without actions.
        config: Whose modules are chosen.

    Raises:
        InputError: for another model, or a slot that it has not.
    """

    Config = ModuleWorldConfig

    def __init__(self, model: WorldModel, config: ModuleWorldConfig | None = None) -> None:
        config = config or ModuleWorldConfig()
        if not isinstance(model, ModuleControl):
            raise InputError(f"{type(model).__name__} has no modules to choose; it needs the ability ModuleControl.")
        if model.spec.action_space is not None:
            raise InputError("this model has an action space of its own; modules are actions where there are none.")
        if config.slot is not None and not 0 <= config.slot < model.slot_count:
            raise InputError(f"slot={config.slot} given; the model has slots 0 to {model.slot_count - 1}.")
        space = _space(model.slot_count, model.module_count, config.slot)
        super().__init__(model, WorldSpec(model.spec.frame_shape, space, model.spec.fps))
        self.config = config

    def choices(self, actions: Tensor) -> Tensor:
        """The module of each slot (batch, slot) that encoded actions (batch, action) name; -1 for its own choice."""
        assert isinstance(self.model, ModuleControl)
        many, count = self.model.slot_count, self.model.module_count
        named: Tensor = actions.reshape(len(actions), -1, count).argmax(-1)
        if self.config.slot is None:
            return named
        modules = torch.full((len(actions), many), -1, device=actions.device)
        modules[:, self.config.slot] = named.squeeze(-1)
        return modules

    def losses(self, batch: Batch, moment: Moment) -> dict[str, Tensor]:
        """Those of the model, which learns from frames alone."""
        return self.model.losses(Batch(batch.frames), moment)

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        return self.model._observe(frames, None, belief, noise)

    def _step(self, belief: Belief, action: Tensor | None, noise: Noise) -> Belief:
        assert isinstance(self.model, ModuleControl) and action is not None
        return self.model._do_all(belief, self.choices(action), noise)

    def _imagine(self, belief: Belief, actions: Tensor | None, horizon: int, noise: Noise) -> Rollout:
        return WorldModel._imagine(self, belief, actions, horizon, noise)  # by steps, whose actions are modules


def _space(slots: int, modules: int, slot: int | None) -> Space[Any]:
    return spaces.MultiDiscrete([modules] * slots) if slot is None else spaces.Discrete(modules)


def _open(checkpoint: WorldModel | str | os.PathLike[str], slot: int | None, settings: dict[str, Any]) -> ModuleWorld:
    model, _ = open_model(checkpoint, settings.pop("device", None))
    return ModuleWorld(model, ModuleWorldConfig(slot)).eval()


class ImaginedModulesVectorEnv(ImaginedVectorEnv):
    """Imagined environments whose actions are modules: of every slot (MultiDiscrete), or of one (Discrete).

    Args:
        checkpoint: A model with modules and without actions, or what `worldmodels.load` takes.
        num_envs: How many environments.
        slot: The slot that actions move; `None` for all of them.
        **settings: As `ImaginedVectorEnv` has them; `starts` has to be given.
    """

    def __init__(
        self,
        checkpoint: WorldModel | str | os.PathLike[str],
        num_envs: int = 1,
        *,
        slot: int | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(_open(checkpoint, slot, settings), num_envs, **settings)


class ImaginedModulesEnv(ImaginedEnv):
    """`ImaginedModulesVectorEnv`'s case of one.

    Args:
        checkpoint: A model with modules and without actions, or what `worldmodels.load` takes.
        slot: The slot that actions move; `None` for all of them.
        **settings: As `ImaginedVectorEnv` has them; `starts` has to be given.
    """

    def __init__(
        self, checkpoint: WorldModel | str | os.PathLike[str], *, slot: int | None = None, **settings: Any
    ) -> None:
        super().__init__(_open(checkpoint, slot, settings), **settings)
