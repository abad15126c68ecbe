"""The table of Gymnasium ids that this distribution offers."""

from __future__ import annotations

from typing import Any, NamedTuple

import gymnasium


class Entry(NamedTuple):
    """One id: where its classes are, as "module:Class", imported when first made.

    Attributes:
        id: The full id, namespace included.
        env: The single environment.
        vector: The native vector environment, if there is one.
        max_episode_steps: After how many steps episodes are truncated.
    """

    id: str
    env: str
    vector: str | None = None
    max_episode_steps: int | None = None


_RANDOM_WALK = "worldmodels_envs.random_walk.environment"
_REACH = "worldmodels_envs.random_walk.reach"
_CATER = "worldmodels_envs.cater"
_DIGITS = "worldmodels_envs.moving_digits.environment"
_DICE = "worldmodels_envs.dice.environment"
_NARRATIVES = "worldmodels_envs.narratives.environment"
_PENDULUM = "worldmodels_envs.pendulum.environment"
_SHAPES = "worldmodels_envs.moving_shapes.environment"
_PHYRE = "worldmodels_envs.phyre.environment"

ENTRIES = (
    Entry(
        "worldmodels/RandomWalk-v0",
        f"{_RANDOM_WALK}:RandomWalkEnv",
        f"{_RANDOM_WALK}:RandomWalkVectorEnv",
        50,
    ),
    Entry(
        "worldmodels/RandomWalkReach-v0",
        f"{_REACH}:RandomWalkReachEnv",
        f"{_REACH}:RandomWalkReachVectorEnv",
        50,
    ),
    Entry("worldmodels/CaterSnitch-v0", f"{_CATER}.snitch_env:CaterSnitchEnv"),
    Entry("worldmodels/CaterPlay-v0", f"{_CATER}.play_env:CaterPlayEnv", max_episode_steps=50),
    Entry("worldmodels/CaterStills-v0", f"{_CATER}.stills_env:CaterStillsEnv", max_episode_steps=7),
    Entry("worldmodels/MovingDigits-v0", f"{_DIGITS}:MovingDigitsEnv", f"{_DIGITS}:MovingDigitsVectorEnv", 100),
    Entry("worldmodels/MovingShapes-v0", f"{_SHAPES}:MovingShapesEnv", f"{_SHAPES}:MovingShapesVectorEnv", 19),
    Entry("worldmodels/Dice-v0", f"{_DICE}:DiceEnv", f"{_DICE}:DiceVectorEnv", 11),
    Entry("worldmodels/Narratives-v0", f"{_NARRATIVES}:NarrativesEnv", f"{_NARRATIVES}:NarrativesVectorEnv", 20),
    Entry("worldmodels/Pendulum-v0", f"{_PENDULUM}:PendulumEnv", f"{_PENDULUM}:PendulumVectorEnv", 100),
    Entry("worldmodels/Phyre-v0", f"{_PHYRE}:PhyreEnv"),
    Entry("worldmodels/PhyreVideo-v0", f"{_PHYRE}:PhyreVideoEnv"),
)


def register_envs() -> None:
    """Register every id of the table with Gymnasium; ids that are there already stay as they are."""
    for entry in ENTRIES:
        if entry.id not in gymnasium.registry:
            gymnasium.register(entry.id, **_arguments(entry))


def _arguments(entry: Entry) -> dict[str, Any]:
    return {
        "entry_point": entry.env,
        "vector_entry_point": entry.vector,
        "max_episode_steps": entry.max_episode_steps,
    }
