"""`VecEnvAdapter`: any native Gymnasium vector environment as a stable-baselines3 `VecEnv`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from numpy.typing import NDArray
from stable_baselines3.common.vec_env.base_vec_env import VecEnv

from worldmodels.errors import InputError

_NOTHING: dict[str, Any] = {}

BEGAN_SOLVED = "began_solved"
"""The entry of an ended episode's info that says whether the environment told success when it began."""


class VecEnvAdapter(VecEnv):
    """Hands whole batches through; Python looks only at the environments whose episode ended.

    Args:
        env: A vector environment. stable-baselines3 wants the next episode's first observation in the step in which one
            ends: that of autoreset_mode "SameStep". With another mode, such as `gymnasium.make_vec`'s default, the
            adapter begins ended episodes itself, by `reset(options={"reset_mask": ...})`.

    Raises:
        InputError: where the environment does not say its autoreset mode.
    """

    def __init__(self, env: VectorEnv) -> None:
        mode = env.metadata.get("autoreset_mode")
        if mode not in tuple(AutoresetMode):
            raise InputError(f"autoreset_mode={mode!r} in the environment's metadata is none of Gymnasium's.")
        self.env = env
        self._resets = mode != AutoresetMode.SAME_STEP
        self.render_mode = env.render_mode
        self._actions: Any = None
        super().__init__(env.num_envs, env.single_observation_space, env.single_action_space)

    def reset(self) -> Any:
        """Begin new episodes; the seeds given to `seed` are used once."""
        seeds = [None if seed is None else int(seed) for seed in self._seeds]
        observations, infos = self.env.reset(seed=None if None in seeds else seeds[0])
        self._reset_seeds()
        self._reset_options()
        self.reset_infos = (
            [_info(infos, index) for index in range(self.num_envs)] if infos else [{} for _ in range(self.num_envs)]
        )
        return observations

    def step_async(self, actions: NDArray[Any]) -> None:
        """Keep the actions for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> tuple[Any, NDArray[np.float32], NDArray[np.bool_], list[dict[str, Any]]]:
        """Observations (of the next episode where one ended), rewards, ends and infos."""
        observations, rewards, terminated, truncated, infos = self.env.step(self._actions)
        ended = terminated | truncated
        if self._resets and ended.any():
            observations, infos = self._begin_anew(observations, ended, infos)
        notes: list[dict[str, Any]] = [_NOTHING] * self.num_envs
        for index in np.flatnonzero(ended):
            notes[index] = _final_info(infos, int(index), bool(truncated[index] and not terminated[index]))
            notes[index][BEGAN_SOLVED] = bool(self.reset_infos[index].get("is_success", False))
            self.reset_infos[index] = _info(infos, int(index))
        return observations, np.asarray(rewards, np.float32), ended, notes

    def _begin_anew(self, last: Any, ended: NDArray[np.bool_], infos: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The observations after a reset of the ended episodes; their last ones are told as "SameStep" tells them."""
        kept = _copied(last)  # an environment may write over what it has given
        observations, _ = self.env.reset(options={"reset_mask": ended})
        return observations, {"final_obs": kept, "final_info": infos}

    def close(self) -> None:
        """Close the environments."""
        self.env.close()

    def get_attr(self, attr_name: str, indices: int | Iterable[int] | None = None) -> list[Any]:
        """The vector environment's attribute, once for each index."""
        return [getattr(self.env, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: Any, indices: int | Iterable[int] | None = None) -> None:
        """Refused: the environments are one object, so none can be changed alone."""
        raise InputError(f"{attr_name!r} cannot be set: the {self.num_envs} environments are one native object.")

    def env_method(
        self, method_name: str, *arguments: Any, indices: int | Iterable[int] | None = None, **options: Any
    ) -> list[Any]:
        """Refused, as for `set_attr`."""
        raise InputError(f"{method_name!r} cannot be called alone: the environments are one native object.")

    def env_is_wrapped(self, wrapper_class: type, indices: int | Iterable[int] | None = None) -> list[bool]:
        """False: a native vector environment wraps no single ones."""
        return [False] * len(list(self._get_indices(indices)))


def _copied(observations: Any) -> Any:
    if isinstance(observations, dict):
        return {key: _copied(part) for key, part in observations.items()}
    return np.array(observations)


def _final_info(infos: dict[str, Any], index: int, cut: bool) -> dict[str, Any]:
    note = _info(infos.get("final_info", {}), index)
    note["terminal_observation"] = _row(infos["final_obs"], index)
    note["TimeLimit.truncated"] = cut
    return note


def _info(infos: dict[str, Any], index: int) -> dict[str, Any]:
    """One environment's entries of a batched info, those that were set for it."""
    return {
        key: _row(value, index)
        for key, value in infos.items()
        if not key.startswith("_") and key not in ("final_obs", "final_info") and _is_set(infos, key, index)
    }


def _is_set(infos: dict[str, Any], key: str, index: int) -> bool:
    mask = infos.get(f"_{key}")
    return True if mask is None else bool(mask[index])


def _row(value: Any, index: int) -> Any:
    if isinstance(value, dict):
        return {key: _row(item, index) for key, item in value.items()}
    return value[index]
