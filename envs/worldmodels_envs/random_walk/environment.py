"""Random Walk as Gymnasium environments, one or many; nobody acts."""

from __future__ import annotations

from typing import Any

from gymnasium.vector import AutoresetMode

from worldmodels_envs.random_walk.config import RandomWalkConfig, resolve_config
from worldmodels_envs.random_walk.simulation import RandomWalkWorld
from worldmodels_envs.vector import WorldVectorEnv
from worldmodels_envs.world import WorldEnv


class RandomWalkEnv(WorldEnv):
    """One Random Walk: `worldmodels/RandomWalk-v0`.

    Observation: the frame, uint8 (size, size, 3). Action: Discrete(1), which does nothing, since Gymnasium
    wants an action space. The reward is always 0 and the episode never terminates; the registered id
    truncates it after 50 steps. See `RandomWalkWorld.look` for `info`.

    Args:
        config: A configuration or a variant's name.
        masks: Whether `info` has the balls' masks.
        render_mode: None or "rgb_array".
        render_scale: Enlargement of rendered frames.
        **changes: Fields of `RandomWalkConfig` to change.
    """

    def __init__(
        self,
        config: RandomWalkConfig | str = "atomic",
        *,
        masks: bool = True,
        render_mode: str | None = None,
        render_scale: int = 8,
        **changes: Any,
    ) -> None:
        world = RandomWalkWorld(resolve_config(config, **changes), 1, masks=masks)
        super().__init__(world, render_mode, render_scale)


class RandomWalkVectorEnv(WorldVectorEnv):
    """Many Random Walks in one call; arguments as in `RandomWalkEnv` and `WorldVectorEnv`."""

    def __init__(
        self,
        num_envs: int = 1,
        config: RandomWalkConfig | str = "atomic",
        *,
        max_episode_steps: int | None = 50,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        masks: bool = True,
        render_mode: str | None = None,
        render_scale: int = 8,
        **changes: Any,
    ) -> None:
        world = RandomWalkWorld(resolve_config(config, **changes), num_envs, masks=masks)
        super().__init__(world, max_episode_steps, autoreset_mode, render_mode, render_scale)
