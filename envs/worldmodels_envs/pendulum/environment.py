"""Pendulums as Gymnasium environments, one or many; nobody acts."""

from __future__ import annotations

from typing import Any

from gymnasium.vector import AutoresetMode

from worldmodels_envs.grey import GreyEnv, GreyVectorEnv
from worldmodels_envs.pendulum.config import PendulumConfig, resolve_config
from worldmodels_envs.pendulum.simulation import PendulumWorld


class PendulumEnv(GreyEnv):
    """One pendulum: `worldmodels/Pendulum-v0`.

    Observation: the noisy frame, uint8 (size, size, 1). Action: Discrete(1), which does nothing, since
    Gymnasium wants an action space. The reward is always 0 and the episode never terminates; the registered id
    truncates it after 100 steps. See `PendulumWorld.look` for `info`.

    Args:
        config: A configuration or a variant's name.
        render_mode: None or "rgb_array".
        render_scale: Enlargement of rendered frames.
        **changes: Fields of `PendulumConfig` to change.
    """

    def __init__(
        self,
        config: PendulumConfig | str = "driven",
        *,
        render_mode: str | None = None,
        render_scale: int = 16,
        **changes: Any,
    ) -> None:
        super().__init__(PendulumWorld(resolve_config(config, **changes), 1), render_mode, render_scale)


class PendulumVectorEnv(GreyVectorEnv):
    """Many pendulums in one call; arguments as in `PendulumEnv` and `WorldVectorEnv`."""

    def __init__(
        self,
        num_envs: int = 1,
        config: PendulumConfig | str = "driven",
        *,
        max_episode_steps: int | None = 100,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        render_mode: str | None = None,
        render_scale: int = 16,
        **changes: Any,
    ) -> None:
        world = PendulumWorld(resolve_config(config, **changes), num_envs)
        super().__init__(world, max_episode_steps, autoreset_mode, render_mode, render_scale)
