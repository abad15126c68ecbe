"""Whether a world's frames and actions are those that a model is for."""

from __future__ import annotations

from typing import Any

from gymnasium import Env, Space
from gymnasium.vector import VectorEnv

from worldmodels.errors import InputError
from worldmodels.spaces import space_to_json
from worldmodels.spec import WorldSpec


def check_fit(env: Env[Any, Any] | VectorEnv[Any, Any, Any], spec: WorldSpec) -> None:
    """Refuse an environment, single or vector, that a model of this spec cannot watch or act in.

    Raises:
        InputError: where frames or actions differ; a model without actions fits any.
    """
    if isinstance(env, VectorEnv):
        frames, actions = env.single_observation_space.shape, env.single_action_space
    else:
        frames, actions = env.observation_space.shape, env.action_space
    channels, height, width = spec.frame_shape
    if frames != (height, width, channels):
        raise InputError(
            f"the world gives frames {frames} (height, width, channel), and the model is for "
            f"{(height, width, channels)}; world.size=[{height},{width}]{_channels(frames, channels)} makes them fit."
        )
    check_actions_fit(actions, spec)


def check_actions_fit(actions: Space[Any], spec: WorldSpec) -> None:
    """Refuse an action space that is not the model's; a model without actions fits any.

    Raises:
        InputError: naming both.
    """
    if spec.action_space is not None and space_to_json(spec.action_space) != space_to_json(actions):
        raise InputError(f"the world's actions are {actions}, and the model is for {spec.action_space}.")


def _channels(frames: tuple[int, ...] | None, channels: int) -> str:
    return " world.grey=true" if channels == 1 and frames is not None and frames[-1] == 3 else ""
