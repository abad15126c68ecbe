"""Moving digits as Gymnasium environments, one or many; nobody acts."""

from __future__ import annotations

from typing import Any

from gymnasium.vector import AutoresetMode

from worldmodels_envs.grey import GreyEnv, GreyVectorEnv
from worldmodels_envs.moving_digits.config import MovingDigitsConfig, resolve_config
from worldmodels_envs.moving_digits.simulation import MovingDigitsWorld


class MovingDigitsEnv(GreyEnv):
    """One frame with moving digits: `worldmodels/MovingDigits-v0`.

    Observation: the frame, uint8 (size, size, channels). Action: Discrete(1), which does nothing, since
    Gymnasium wants an action space. The reward is always 0 and the episode never terminates; the registered id
    truncates it after 100 steps. See `MovingDigitsWorld.look` for `info`.

    Args:
        config: A configuration or a variant's name.
        render_mode: None or "rgb_array".
        render_scale: Enlargement of rendered frames.
        **changes: Fields of `MovingDigitsConfig` to change.
    """

    def __init__(
        self,
        config: MovingDigitsConfig | str = "stochastic",
        *,
        render_mode: str | None = None,
        render_scale: int = 4,
        **changes: Any,
    ) -> None:
        super().__init__(MovingDigitsWorld(resolve_config(config, **changes), 1), render_mode, render_scale)


class MovingDigitsVectorEnv(GreyVectorEnv):
    """Many frames with moving digits in one call; arguments as in `MovingDigitsEnv` and `WorldVectorEnv`."""

    def __init__(
        self,
        num_envs: int = 1,
        config: MovingDigitsConfig | str = "stochastic",
        *,
        max_episode_steps: int | None = 100,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        render_mode: str | None = None,
        render_scale: int = 4,
        **changes: Any,
    ) -> None:
        world = MovingDigitsWorld(resolve_config(config, **changes), num_envs)
        super().__init__(world, max_episode_steps, autoreset_mode, render_mode, render_scale)
