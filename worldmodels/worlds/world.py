"""`World`: the recipe by which a Gymnasium environment becomes the frames and actions that a model sees."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec, VectorizeMode
from gymnasium.vector import AutoresetMode, VectorEnv

from worldmodels.config import Settings, build_config
from worldmodels.errors import InputError
from worldmodels.spec import LONGEST_SIDE, WorldSpec
from worldmodels.worlds.ids import bare, check_local, creator_of, explained, find, render_modes
from worldmodels.worlds.success import Success
from worldmodels.worlds.vector import IsSuccessVector, SyncEnvs
from worldmodels.worlds.wrappers import AnyEnv, Crop, is_frame, wrap

OF_THE_RECIPE = {
    "render_mode": "frame",
    "max_episode_steps": "max_steps",
    **dict.fromkeys(("id", "disable_env_checker", "num_envs", "autoreset_mode"), ""),
    **dict.fromkeys(("vectorization_mode", "vector_kwargs", "wrappers"), ""),
}
"""What `gymnasium.make` takes beside an environment's own arguments, and the setting of a recipe that says it."""


@dataclass(frozen=True)
class World(Settings):
    """A recipe: made by it, an environment's observations are the frames that the model sees.

    Data sets and checkpoints keep the recipe, so that what was recorded can be planned in.

    Attributes:
        id: The environment's Gymnasium id; "package:id" imports the package first.
        kwargs: The environment's own arguments, plain data.
        frame: Where frames come from: what the environment observes, or what it renders.
        size: (height, width) of frames; null keeps the environment's own.
        crop: (top, left, height, width) of the part that is kept, in pixels before resizing.
        grey: Whether frames have one grey channel.
        repeat: How many of the environment's steps each action takes; their rewards are added.
        stack: How many grey frames make one, as its channels: 1 or 3.
        max_steps: Where episodes are truncated at the latest, in steps of the agent.
        variation: The environment's factors that are drawn anew for each episode, such as [colours]; those of
            worldmodels-envs have some (`env.unwrapped.variation_space`).
        success: When an episode is won, such as "return >= 475", "terminated" or "info:NAME"; null leaves it to the
            environment's own `info["is_success"]`.
    """

    id: str
    kwargs: Mapping[str, Any] = field(default_factory=dict, hash=False)
    frame: Literal["observation", "render"] = "observation"
    size: tuple[int, int] | None = (64, 64)
    crop: Crop | None = None
    grey: bool = False
    repeat: int = 1
    stack: int = 1
    max_steps: int | None = None
    variation: tuple[str, ...] = ()
    success: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.kwargs:
            if name in OF_THE_RECIPE:
                instead = f"; the recipe's {OF_THE_RECIPE[name]} says it" if OF_THE_RECIPE[name] else ""
                raise InputError(f"world {self.id!r}: {name} is no argument of the environment{instead}.")
        object.__setattr__(self, "kwargs", _plain(self.id, self.kwargs))
        self._check_numbers()
        if self.success is not None:
            Success.parse(self.success)

    @classmethod
    def named(cls, name: str) -> World:
        """A ready recipe: one of the hydra group `world/`.

        Raises:
            UnknownNameError: if there is none of that name.
        """
        from worldmodels.composition import compose

        return build_config(cls, compose([f"world={name}"], ("world",))["world"])

    @classmethod
    def of(cls, env: AnyEnv, **settings: Any) -> World | None:
        """The recipe that makes an environment once more; `None` where wrappers or arguments do not fit into one.

        Args:
            env: An environment as `gymnasium.make` gives it.
            **settings: The recipe's other settings.
        """
        spec = env.spec
        known = gym.registry.get(spec.id) if spec is not None else None
        if spec is None or known is None or spec.additional_wrappers != known.additional_wrappers:
            return None
        limit, longest = spec.max_episode_steps, known.max_episode_steps
        if limit != longest:
            if limit is None or (longest is not None and limit > longest):
                return None
            settings["max_steps"] = min(limit, settings.get("max_steps") or limit)
        kwargs = {k: v for k, v in spec.kwargs.items() if k != "render_mode" and (k, v) not in known.kwargs.items()}
        try:
            return build_config(cls, {"id": spec.id, "kwargs": kwargs, **settings})
        except InputError:  # arguments that are objects
            return None

    def make(self) -> AnyEnv:
        """One environment, whose observations are the frames.

        Raises:
            UnknownNameError: for an unknown id.
            InputError: where the environment refuses its arguments or gives no uint8 image, or the recipe does not
                fit its frames.
        """
        spec = find(self.id)
        check_local(spec, self.kwargs)
        mode = self._render_mode(spec)
        with explained(spec.id, dict(self.kwargs)):
            env = gym.make(spec, **mode, **self.kwargs)
        return wrap(env, **{f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("id", "kwargs")})

    def make_vec(self, number: int) -> VectorEnv[Any, Any, Any]:
        """`number` environments that begin anew in the step in which an episode ends.

        They are native where the id has such a form and it gives these frames by itself, else they are stepped one
        after the other in this process.

        Raises:
            UnknownNameError: for an unknown id.
            InputError: as for `make`.
        """
        if number < 1:
            raise InputError(f"{number} environments asked for; at least 1 is needed.")
        native = self._native(find(self.id), number)
        if native is not None:
            return native if self.success is None else IsSuccessVector(native, Success.parse(self.success))
        return SyncEnvs([self.make] * number, autoreset_mode=AutoresetMode.SAME_STEP)

    def judge(self, imagined: VectorEnv[Any, Any, Any]) -> VectorEnv[Any, Any, Any]:
        """Imagined environments of this world; they tell success where it only asks whether an episode terminated.

        Returns, lengths and info of imagined episodes are others than the real ones, so nothing is said of these.
        """
        return IsSuccessVector(imagined, Success("terminated")) if self.success == "terminated" else imagined

    def spec(self) -> WorldSpec:
        """Frame shape, action space and speed of this world; the environment is made to find out.

        Raises:
            UnknownNameError: for an unknown id.
            InputError: as for `make`.
        """
        env = self.make()
        try:
            height, width, channels = env.observation_space.shape or ()
            return WorldSpec((channels, height, width), env.action_space, frames_per_second(env))
        finally:
            env.close()

    def to_json(self) -> dict[str, Any]:
        """The recipe in JSON types; without the package in front of the id, which no file may have imported."""
        return json.loads(json.dumps({**asdict(self), "id": bare(self.id)}))  # type: ignore[no-any-return]

    @classmethod
    def from_json(cls, description: Any) -> World:
        """The recipe that `to_json` described; nothing in it is imported or run.

        Raises:
            InputError: where the description is not one.
            UnknownNameError: for an unknown setting.
        """
        if not isinstance(description, Mapping) or not isinstance(description.get("id"), str):
            raise InputError(f"{description!r:.99} is no recipe of a world: it has no 'id'.")
        if ":" in description["id"]:
            raise InputError(f"the recipe's id {description['id']!r:.99} would import a package; a file may not.")
        return build_config(cls, description)

    def _check_numbers(self) -> None:
        top, left, *sides = self.crop or (0, 0)
        counts = {"size": self.size or (), "crop": sides, "repeat": (self.repeat,), "stack": (self.stack,)}
        for name, numbers in counts.items():
            if not all(1 <= number <= LONGEST_SIDE for number in numbers):
                raise InputError(f"world {self.id!r}: {name}={getattr(self, name)} is not within 1 to {LONGEST_SIDE}.")
        if min(top, left) < 0 or (self.max_steps is not None and self.max_steps < 1):
            raise InputError(
                f"world {self.id!r}: crop={self.crop} must begin at 0 or more, max_steps={self.max_steps} is 1 or more."
            )

    def _render_mode(self, spec: EnvSpec) -> dict[str, Any]:
        """What Gymnasium would only warn of: an environment that renders no images."""
        if self.frame != "render":
            return {}
        modes = render_modes(spec)
        if modes is not None and "rgb_array" not in modes:
            raise InputError(f"environment {spec.id!r} renders {modes}; frame='render' needs 'rgb_array'.")
        return {"render_mode": "rgb_array"}

    def _native(self, spec: EnvSpec, number: int) -> VectorEnv[Any, Any, Any] | None:
        """The id's own vector environment, if it gives these very frames by itself."""
        plain = (
            self.frame == "observation" and self.crop is None and self.repeat == self.stack == 1 and not self.variation
        )
        if spec.vector_entry_point is None or spec.additional_wrappers or not plain:
            return None
        limit = min(filter(None, (self.max_steps, spec.max_episode_steps)), default=None)
        asked: dict[str, Any] = {
            "autoreset_mode": AutoresetMode.SAME_STEP,
            **({"max_episode_steps": limit} if limit else {}),
        }
        with explained(spec.id, dict(self.kwargs)):
            known = inspect.signature(creator_of(spec.vector_entry_point)).parameters
            if not known.keys() >= asked.keys():
                return None
            env = gym.make_vec(spec, number, VectorizeMode.VECTOR_ENTRY_POINT, **asked, **self.kwargs)
        space = env.single_observation_space
        if is_frame(space) and self.size in (None, space.shape[:2]) and not (self.grey and space.shape[2] == 3):  # type: ignore[index]
            return env
        env.close()
        return None


def frames_per_second(env: AnyEnv) -> float:
    """What the environment's metadata says, else 10."""
    return float(env.metadata.get("render_fps") or 10.0)


def _plain(name: str, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return json.loads(json.dumps(dict(kwargs), allow_nan=False))  # type: ignore[no-any-return]
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"world {name!r}: its kwargs are not plain data: {error}.") from error
