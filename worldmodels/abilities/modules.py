"""`ModuleControl`: choosing which rule moves which object."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor

from worldmodels.errors import InputError
from worldmodels.inputs import describe
from worldmodels.model import WorldModel
from worldmodels.noise import Noise
from worldmodels.rollout import Belief


class ModuleControl(WorldModel):
    """Lets one choose which rule moves which object.

    Attributes:
        slot_count: How many objects there are.
        module_count: How many rules.
    """

    slot_count: int
    module_count: int

    def do(self, belief: Belief, slot: Tensor, module: Tensor, **options: Any) -> Belief:
        """One step in which slot (batch,) applies module (batch,); the others go their own way.

        Args:
            belief: Batch size (batch,).
            slot: Which slot.
            module: Which module, below `module_count`.
            **options: `generator` and `temperature`, as `do_all` has them.
        """
        modules = torch.full((len(slot), self.slot_count), -1, device=slot.device)
        return self.do_all(belief, modules.scatter(1, slot.unsqueeze(1), module.unsqueeze(1)), **options)

    def do_all(
        self,
        belief: Belief,
        modules: Tensor,
        *,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> Belief:
        """One step in which each slot applies a module of its own.

        Args:
            belief: Batch size (batch,).
            modules: (batch, slot), each below `module_count`; a slot with -1 goes its own way.
            generator: Where all randomness comes from.
            temperature: Scales it; 0 means the most likely.

        Raises:
            InputError: for modules of another shape, or that are not there.
        """
        wanted = (*belief.batch_size, self.slot_count)
        if modules.shape != wanted or not (modules >= -1).all() or not (modules < self.module_count).all():
            raise InputError(
                f"modules {describe(modules)} given; they must be {wanted}, from 0 to {self.module_count - 1}, or -1 "
                "for the slot's own."
            )
        after: Belief = self._run_hook(self._do_all, belief, modules, Noise(generator, temperature))
        return after

    @abstractmethod
    def _do_all(self, belief: Belief, modules: Tensor, noise: Noise) -> Belief: ...
