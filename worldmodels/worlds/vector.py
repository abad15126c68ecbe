"""Many environments at once: Gymnasium's, with infos of any shape and success in them."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.vector import SyncVectorEnv, VectorEnv, VectorWrapper

from worldmodels.worlds.success import Ending, Success


class SyncEnvs(SyncVectorEnv):
    """`SyncVectorEnv`, but for infos whose arrays differ in shape, such as positions of a varying number of objects.

    These become arrays of objects, where Gymnasium ends in "could not broadcast".
    """

    def _add_info(self, vector_infos: dict[str, Any], env_info: dict[str, Any], env_num: int) -> dict[str, Any]:
        for name, value in env_info.items():
            held = vector_infos.get(name)
            if isinstance(value, np.ndarray) and isinstance(held, np.ndarray) and held.dtype != object:
                if held.shape[1:] != value.shape:
                    vector_infos[name] = _as_objects(held, vector_infos[f"_{name}"])
        return super()._add_info(vector_infos, env_info, env_num)


def _as_objects(held: np.ndarray[Any, Any], known: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    rows = np.full(len(held), None, object)
    for i in np.flatnonzero(known):
        rows[i] = held[i].copy()
    return rows


class IsSuccessVector(VectorWrapper[Any, Any, Any, Any, Any]):
    """`IsSuccess` for native vector environments that begin anew in the same step: it is told in "final_info".

    Args:
        env: The environments.
        success: When an episode is won.
    """

    def __init__(self, env: VectorEnv[Any, Any, Any], success: Success) -> None:
        super().__init__(env)
        self.success = success
        self._totals, self._lengths = np.zeros(env.num_envs), np.zeros(env.num_envs, np.int64)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin episodes, all or those of `options["reset_mask"]`."""
        observations, infos = self.env.reset(seed=seed, options=options)
        mask = slice(None) if options is None else options.get("reset_mask", slice(None))
        self._totals[mask], self._lengths[mask] = 0.0, 0
        return observations, infos

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Step, and judge the episodes that end."""
        observations, rewards, terminated, truncated, infos = self.env.step(actions)
        self._totals += rewards
        self._lengths += 1
        done = terminated | truncated
        if done.any():
            infos = self._judge(np.asarray(rewards), terminated, done, infos)
            self._totals[done], self._lengths[done] = 0.0, 0
        return observations, rewards, terminated, truncated, infos

    def _judge(self, rewards: Any, terminated: Any, done: Any, infos: dict[str, Any]) -> dict[str, Any]:
        last = dict(infos.get("final_info", {}))
        won = np.zeros(self.num_envs, bool)
        for i in np.flatnonzero(done):
            told = {name: values[i] for name, values in last.items() if not name.startswith("_")}
            ending = Ending(self._totals[i], int(self._lengths[i]), float(rewards[i]), bool(terminated[i]), told)
            won[i] = self.success(ending)
        last |= {"is_success": won, "_is_success": done.copy()}
        return {**infos, "final_info": last, "_final_info": done.copy()}
