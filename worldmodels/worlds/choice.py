"""`WorldOptions`: how verbs take a world: a recipe's name, settings over the checkpoint's own, or an id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from worldmodels.composition import choices
from worldmodels.config import Settings, build_config
from worldmodels.errors import CheckpointError, InputError, UnknownNameError
from worldmodels.worlds.ids import bare
from worldmodels.worlds.world import World

LARGEST_OPTION = 10**6
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+ -]{0,63}")


@dataclass(frozen=True, kw_only=True)
class WorldOptions(Settings):
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
            given = self.world.get("kwargs", {})
            if not isinstance(given, Mapping):
                raise InputError(f"world.kwargs are the environment's settings by name; got {given!r:.80}.")
            kwargs = {**own.kwargs, **given}
            world = build_config(World, {**own.to_json(), "id": self.env or own.id, **self.world, "kwargs": kwargs})
            print(f"world: {world.id}, as the checkpoint says{f', with {world.kwargs}' if world.kwargs else ''}")
            return world
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
        world = None if recipe is None else World.from_json(recipe)
        if world is not None:
            _check_plain(world.id, world.kwargs)
        return world
    except (InputError, UnknownNameError) as error:
        raise CheckpointError(f"the checkpoint's world is damaged: {error}") from error


def _check_plain(world: str, value: Any) -> None:
    """A file's options of an environment are numbers, switches and words that name nothing here, so never a path.

    Raises:
        InputError: for any other, such as a file to read or an address; whoever means it says it themselves.
    """
    match value:
        case Mapping() | list():
            for part in value.values() if isinstance(value, Mapping) else value:
                _check_plain(world, part)
        case str() if not _WORD.fullmatch(value) or Path(value).exists():
            raise InputError(
                f"it hands {value!r:.80} to {world}, which may name a file; if you mean it, give the world yourself "
                f"with env={world} and world.kwargs."
            )
        case bool() | None:
            return
        case int() | float() if not abs(value) <= LARGEST_OPTION:
            raise InputError(f"it hands {value!r:.80} to {world}; numbers up to {LARGEST_OPTION:,} are taken.")
