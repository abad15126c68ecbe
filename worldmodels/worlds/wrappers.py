"""What Gymnasium's own wrappers leave out: a frame from any image, and success in `info`."""

from __future__ import annotations

from typing import Any, Literal, SupportsFloat

import gymnasium as gym
import numpy as np
from gymnasium import Env, Space, spaces
from gymnasium.wrappers import (
    AddRenderObservation,
    FrameStackObservation,
    GrayscaleObservation,
    RepeatAction,
    ReshapeObservation,
    ResizeObservation,
    TimeLimit,
    TransformObservation,
)

from worldmodels.errors import InputError, UnknownNameError
from worldmodels.worlds.ids import explained
from worldmodels.worlds.success import Ending, Success

AnyEnv = Env[Any, Any]
Crop = tuple[int, int, int, int]


def is_frame(space: Space[Any]) -> bool:
    """Whether observations are uint8 frames (height, width, channel) with 1 or 3 channels."""
    shape = space.shape if isinstance(space, spaces.Box) and space.dtype == np.uint8 else ()
    return len(shape) == 3 and shape[2] in (1, 3)


def wrap(
    env: AnyEnv,
    *,
    frame: Literal["observation", "render"] = "observation",
    size: tuple[int, int] | None = None,
    crop: Crop | None = None,
    grey: bool = False,
    repeat: int = 1,
    stack: int = 1,
    max_steps: int | None = None,
    variation: tuple[str, ...] = (),
    success: str | None = None,
) -> AnyEnv:
    """An environment whose observation is the frame that a model sees; arguments as `World` has them.

    Raises:
        InputError: where it gives no uint8 image, or a crop, size or stack does not fit it.
    """
    env = Varied(env, variation) if variation else env
    env = RepeatAction(env, repeat) if repeat > 1 else env
    if repeat > 1 and env.metadata.get("render_fps"):
        env.metadata = {**env.metadata, "render_fps": env.metadata["render_fps"] / repeat}
    env = _as_image(env, frame)
    env = env if crop is None else _crop(env, crop)
    env = env if size in (None, _shape(env)[:2]) else ResizeObservation(env, size)
    env = GrayscaleObservation(env, keep_dim=True) if grey and _shape(env)[2] == 3 else env
    env = _stack(env, stack) if stack > 1 else env
    env = env if max_steps is None else TimeLimit(env, max_steps)
    return env if success is None else IsSuccess(env, Success.parse(success))


def _shape(env: AnyEnv) -> tuple[int, ...]:
    assert env.observation_space.shape is not None
    return env.observation_space.shape


def _as_image(env: AnyEnv, frame: str) -> AnyEnv:
    """Observations (height, width, channel) from what the environment observes, or renders."""
    modes = env.metadata.get("render_modes") or ()
    if frame not in ("observation", "render"):
        raise UnknownNameError("source of frames", frame, ("observation", "render"))
    if frame == "render":
        if env.render_mode != "rgb_array":
            raise InputError(
                f"{env} has render_mode {env.render_mode!r}, of {list(modes)}; frame='render' needs one made with "
                "render_mode='rgb_array'."
            )
        env = _rendered(KeepObservation(env))
    space = env.observation_space
    if isinstance(space, spaces.Box) and space.dtype == np.uint8 and len(space.shape) == 2:
        env = ReshapeObservation(env, (*space.shape, 1))
    if not is_frame(env.observation_space):
        can = "frame='render' takes what it renders" if "rgb_array" in modes else "it renders none either"
        raise InputError(
            f"the observation of {env} is {space}, not a uint8 image (height, width, 1 or 3 channels); {can}."
        )
    # Gymnasium's wrappers ask for these very bounds
    pixels = spaces.Box(0, 255, env.observation_space.shape, np.uint8)
    return env if env.observation_space == pixels else TransformObservation(env, lambda frame: frame, pixels)


def _rendered(env: AnyEnv) -> AnyEnv:
    with explained(str(env)):
        pixels: Any = (env.reset(), env.render())[1]
        if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8:
            kind = pixels.dtype if isinstance(pixels, np.ndarray) else f"a {type(pixels).__name__}"
            raise InputError(f"{env} renders {kind}, not a uint8 image.")
        return AddRenderObservation(env)


def _crop(env: AnyEnv, crop: Crop) -> AnyEnv:
    top, left, height, width = crop
    rows, columns, channels = _shape(env)
    if top + height > rows or left + width > columns:
        raise InputError(f"crop={list(crop)} (top, left, height, width) reaches beyond frames of {rows} x {columns}.")
    space = spaces.Box(0, 255, (height, width, channels), np.uint8)
    return TransformObservation(env, lambda frame: frame[top : top + height, left : left + width], space)


def _stack(env: AnyEnv, stack: int) -> AnyEnv:
    """The last frames as channels, the newest last."""
    height, width, channels = _shape(env)
    if channels * stack not in (1, 3):
        raise InputError(
            f"stack={stack} gives {channels * stack} channels, and frames have 1 or 3: choose grey=true stack=3, or "
            "leave stack out, since world models remember by themselves."
        )
    space = spaces.Box(0, 255, (height, width, channels * stack), np.uint8)
    return TransformObservation(FrameStackObservation(env, stack), lambda frames: np.concatenate(frames, -1), space)


class KeepObservation(gym.Wrapper[Any, Any, Any, Any]):
    """Tells in `info` what an environment observes that is rendered: "observation", or "observation.PART" of a Dict.

    Vectors alone: they are what people recorded before there were pictures, such as angles and speeds.
    """

    def __init__(self, env: AnyEnv) -> None:
        super().__init__(env)
        space = env.observation_space
        parts = space.spaces if isinstance(space, spaces.Dict) else {None: space}
        numbers = [key for key, part in parts.items() if isinstance(part, spaces.Box) and len(part.shape) == 1]
        self.signals = {("observation" if key is None else f"observation.{key}"): key for key in numbers}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """As the environment's, and what it observed."""
        observation, info = self.env.reset(seed=seed, options=options)
        return observation, self._told(observation, info)

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        """As the environment's, and what it observed."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return observation, reward, terminated, truncated, self._told(observation, info)

    def _told(self, observation: Any, info: dict[str, Any]) -> dict[str, Any]:
        told = {name: observation if key is None else observation[key] for name, key in self.signals.items()}
        return {**told, **info}


def observed_signals(env: AnyEnv) -> tuple[str, ...]:
    """The names under which `info` tells what a rendered environment observes."""
    while isinstance(env, gym.Wrapper):
        if isinstance(env, KeepObservation):
            return tuple(env.signals)
        env = env.env
    return ()


class Varied(gym.Wrapper[Any, Any, Any, Any]):
    """Draws factors of variation for each episode.

    Args:
        env: An environment with a `variation_space`.
        variation: The factors that are drawn.

    Raises:
        UnknownNameError: for a factor that it has not.
    """

    def __init__(self, env: AnyEnv, variation: tuple[str, ...]) -> None:
        super().__init__(env)
        space = getattr(env.unwrapped, "variation_space", None)
        known = list(space.spaces) if isinstance(space, spaces.Dict) else []
        for name in variation:
            if name not in known:
                raise UnknownNameError("factor of variation", name, known)
        self.variation = list(variation)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode of other values."""
        return self.env.reset(seed=seed, options={"variation": self.variation, **(options or {})})


class IsSuccess(gym.Wrapper[Any, Any, Any, Any]):
    """Tells `info["is_success"]` at the end of an episode.

    Args:
        env: The environment.
        success: When an episode is won.
    """

    def __init__(self, env: AnyEnv, success: Success) -> None:
        super().__init__(env)
        self.success, self._total, self._length = success, 0.0, 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode."""
        self._total, self._length = 0.0, 0
        return self.env.reset(seed=seed, options=options)

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        """Step, and judge the episode where it ends."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._total, self._length = self._total + float(reward), self._length + 1
        if terminated or truncated:
            ending = Ending(self._total, self._length, float(reward), bool(terminated), info)
            info = {**info, "is_success": self.success(ending)}
        return observation, reward, terminated, truncated, info
