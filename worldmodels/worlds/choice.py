"""`WorldOptions`: how verbs take a world: a recipe's name, settings over the checkpoint's own, or an id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from worldmodels.composition import choices
from worldmodels.config import build_config
from worldmodels.errors import CheckpointError, InputError, UnknownNameError
from worldmodels.worlds.ids import bare
from worldmodels.worlds.world import World


@dataclass(frozen=True, kw_only=True)
class WorldOptions:
    """Settings of verbs that play in a world.

    Attributes:
        world: A ready recipe's name, then its settings, such as world.size=[32,32] world.kwargs.length=9; without a
            name they are settings over the checkpoint's own world.
        env: A Gymnasium id, for short: the environment with the frames that it observes, at their own size, or the
            checkpoint's own recipe where that is of the same id; "package:id" imports the package first.
    """

    world: dict[str, Any] = field(default_factory=dict)
    env: str | None = None

    def choose(self, own: World | None = None) -> World:
        """The world that is meant.

        Args:
            own: The world that the checkpoint was trained in.

        Raises:
            InputError: where nothing is given and there is no own one, or for a wrong setting.
        """
        if "id" in self.world:
            if self.env is not None:
                raise InputError("world=... and env=... both name an environment; give one of them.")
            return build_config(World, self.world)
        if own is not None and (self.env is None or bare(self.env) == own.id):
            kwargs = {**own.kwargs, **self.world.get("kwargs", {})}
            return build_config(World, {**own.to_json(), "id": self.env or own.id, **self.world, "kwargs": kwargs})
        if self.env is None:
            raise InputError(f"which world? Give world={'|'.join(choices('world'))}, or env=ID for any Gymnasium id.")
        return build_config(World, {"size": None, **self.world, "id": self.env})


def world_of(provenance: Mapping[str, Any]) -> World | None:
    """The world that a checkpoint says it was trained in; `None` where it does not.

    Raises:
        CheckpointError: where what it says is damaged.
    """
    recipe = provenance.get("world")
    try:
        return None if recipe is None else World.from_json(recipe)
    except (InputError, UnknownNameError) as error:
        raise CheckpointError(f"the checkpoint's world is damaged: {error}") from error
