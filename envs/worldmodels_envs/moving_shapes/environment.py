"""Moving shapes as Gymnasium environments, one or many."""

from __future__ import annotations

from typing import Any

from gymnasium.vector import AutoresetMode

from worldmodels_envs.moving_shapes.config import MovingShapesConfig, resolve_config
from worldmodels_envs.moving_shapes.simulation import MovingShapesWorld
from worldmodels_envs.vector import WorldVectorEnv
from worldmodels_envs.world import WorldEnv


class MovingShapesEnv(WorldEnv):
    """One moving shape: `worldmodels/MovingShapes-v0`.

    Observation: the frame, uint8 (size, size, 3). Action: Discrete(1), which does nothing, since Gymnasium
    wants an action space. The reward is always 0 and the episode never terminates; the registered id
    truncates it after 19 steps. See `MovingShapesWorld.look` for `info`, which holds the true distribution of
    the next frame.

    Args:
        config: A configuration or a variant's name.
        render_mode: None or "rgb_array".
        render_scale: Enlargement of rendered frames.
        **changes: Fields of `MovingShapesConfig` to change.
    """

    def __init__(
        self,
        config: MovingShapesConfig | str = "stochastic",
        *,
        render_mode: str | None = None,
        render_scale: int = 4,
        **changes: Any,
    ) -> None:
        super().__init__(MovingShapesWorld(resolve_config(config, **changes), 1), render_mode, render_scale)


class MovingShapesVectorEnv(WorldVectorEnv):
    """Many moving shapes in one call; arguments as in `MovingShapesEnv` and `WorldVectorEnv`."""

    def __init__(
        self,
        num_envs: int = 1,
        config: MovingShapesConfig | str = "stochastic",
        *,
        max_episode_steps: int | None = 19,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        render_mode: str | None = None,
        render_scale: int = 4,
        **changes: Any,
    ) -> None:
        world = MovingShapesWorld(resolve_config(config, **changes), num_envs)
        super().__init__(world, max_episode_steps, autoreset_mode, render_mode, render_scale)
