"""`Place`: a learned world that visitors can enter."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from worldmodels.abilities import AnyTime, Cascade, Editable, Likelihood, ModuleControl, ObjectCentric, abilities
from worldmodels.data.frames import to_float
from worldmodels.data.recorder import stack_actions
from worldmodels.errors import InputError, WorldModelsError
from worldmodels.imagined.origin import find_starts, open_model
from worldmodels.imagined.starts import Start, Starts
from worldmodels.model import WorldModel
from worldmodels.play.controls import describe, meanings
from worldmodels.play.reality import Reality
from worldmodels.worlds import World
from worldmodels.worlds.fit import check_fit

FPS = 10.0
"""The least frames a second at which a world is played: pages feel dead below."""


class Place:
    """A model, and where its episodes begin: in the real environment, or in recordings.

    Args:
        name: What the page calls it.
        model: The model, in evaluation mode.
        world: The real environment's recipe; visitors see it beside the imagined one.
        starts: Where episodes begin when there is no world.
        context: Frames that the model watches before it imagines.

    Raises:
        InputError: where there are neither a world nor starts, or the world does not fit the model.
    """

    def __init__(
        self,
        name: str,
        model: WorldModel,
        *,
        world: World | None = None,
        starts: Starts | None = None,
        context: int = 3,
    ) -> None:
        if world is None and starts is None:
            raise InputError(f"{name} does not say its world: give world=..., env=ID, or data=FOLDER of recordings.")
        self.name, self.model, self.context = name, model, context
        self._world, self._starts = world, starts
        self._meanings: list[str] | None = None
        if world is not None:
            env = world.make()
            try:
                check_fit(env, model.spec)
                self._meanings = meanings(env)
            finally:
                env.close()

    @classmethod
    def open(
        cls,
        name: str,
        checkpoint: str | os.PathLike[str],
        *,
        world: World | None = None,
        data: str | None = None,
        context: int = 3,
        device: str = "cpu",
    ) -> Place:
        """The place of a checkpoint: the world that is given, or its own, or else what it was trained on.

        Raises:
            CheckpointError: if it cannot be loaded.
            InputError: where there is nowhere to begin.
        """
        model, provenance = open_model(checkpoint, device)
        if data is not None:
            return cls(name, model, starts=find_starts(data, model.spec, context, {}), context=context)
        try:
            return cls(name, model, world=world or _own_world(provenance), context=context)
        except WorldModelsError:
            if world is not None or not provenance.get("data"):
                raise
        return cls(name, model, starts=find_starts(None, model.spec, context, provenance), context=context)

    def reality(self) -> Reality | None:
        """A real environment for one visitor; `None` where there is none."""
        return None if self._world is None else Reality(self._world.make(), self.model.spec.action_space is not None)

    def draw_start(self, seed: int) -> tuple[Tensor, Tensor | None]:
        """Frames (1, time, channel, height, width) and encoded actions (1, time - 1, action) of a recording.

        Raises:
            InputError: where recordings do not fit the model.
        """
        assert self._starts is not None
        start = self._starts.sample(1, np.random.default_rng(seed))
        if not isinstance(start, Start):
            raise InputError(f"{self.name} begins with beliefs; play needs frames.")
        acted = start.actions is not None and self.model.codec.dim > 0
        actions = self.model.codec.encode(start.actions, self.model.device) if acted else None
        return to_float(start.frames, self.model.device), actions

    def encode(self, frames: list[Any], actions: list[Any]) -> tuple[Tensor, Tensor | None]:
        """Frames and Gymnasium actions of one episode as the model takes them; actions of others are left out."""
        video, space = to_float(np.stack(frames), self.model.device).unsqueeze(0), self.model.spec.action_space
        if space is None or not actions:
            return video, None
        return video, self.model.codec.encode(stack_actions(space, actions), self.model.device).unsqueeze(0)

    def controls(self) -> dict[str, Any]:
        """What can be done and seen here, in JSON types."""
        model, space = self.model, self.model.spec.action_space
        _, height, width = model.spec.frame_shape
        modules = isinstance(model, ModuleControl) and space is None
        return {
            "name": self.name,
            "model": type(model).__name__,
            "abilities": abilities(type(model)),
            "size": [height, width],
            "fps": max(FPS, model.spec.fps),
            "action": describe(space, self._meanings),
            "modules": {"slots": model.slot_count, "modules": model.module_count} if modules else None,
            "edits": [kind.__name__ for kind in model.edits] if isinstance(model, Editable) else [],
            "objects": isinstance(model, ObjectCentric),
            "anytime": isinstance(model, AnyTime),
            "levels": len(model.levels) if isinstance(model, Cascade) else 1,
            "likelihood": isinstance(model, Likelihood),
            "real": self._world is not None,
            "world": "" if self._world is None else self._world.id.rpartition(":")[2],
            "heads": list(model.heads),
        }


def _own_world(provenance: Mapping[str, Any]) -> World | None:
    """The checkpoint's recipe; older checkpoints name an environment alone."""
    from worldmodels.worlds.choice import world_of

    named = provenance.get("environment")
    return world_of(provenance) or (World(named, size=None) if isinstance(named, str) else None)
