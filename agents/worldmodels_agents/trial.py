"""`run_trial`: a policy's episodes in an environment, real or imagined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from numpy.typing import NDArray
from tqdm.auto import tqdm

from worldmodels.errors import InputError
from worldmodels.evaluation.returns import Episodes
from worldmodels_agents.policy import Policy
from worldmodels_agents.vec_env import VecEnvAdapter


@dataclass(frozen=True)
class Trial:
    """Episodes, in the order of their environments.

    Attributes:
        returns: (episode,), undiscounted.
        lengths: (episode,), steps.
        successes: (episode,), where the environment tells `is_success`, else whether the episode terminated.
    """

    returns: NDArray[np.float64]
    lengths: NDArray[np.int64]
    successes: NDArray[np.bool_]

    @property
    def episodes(self) -> Episodes:
        """Returns and successes, as the tables take them."""
        return Episodes(self.returns, self.successes)


def run_trial(
    policy: Policy,
    env: VectorEnv,
    episodes: int,
    *,
    seed: int | None = None,
    deterministic: bool = True,
    label: str | None = None,
) -> Trial:
    """Play `episodes` whole episodes, an equal number in each environment, so that short ones count no more often.

    Args:
        policy: What acts.
        env: Environments with autoreset in the same step.
        episodes: How many; rounded up to a multiple of the number of environments.
        seed: Of the environments.
        deterministic: Passed to the policy.
        label: Shown on a progress bar; without one there is none.
    """
    if env.metadata.get("autoreset_mode") != AutoresetMode.SAME_STEP:
        raise InputError("run_trial needs a vector environment with autoreset_mode=AutoresetMode.SAME_STEP.")
    adapter = VecEnvAdapter(env)
    if seed is not None:
        adapter.seed(seed)
    quota = -(-episodes // env.num_envs)
    log = _Log(env.num_envs, quota)
    observation, state, starts = adapter.reset(), None, np.ones(env.num_envs, bool)
    with tqdm(total=quota * env.num_envs, desc=label, unit="episode", disable=label is None) as bar:
        while not log.complete:
            actions, state = policy.predict(observation, state, starts, deterministic)
            observation, rewards, starts, infos = adapter.step(actions)
            bar.update(log.add(rewards, starts, infos))
    return log.trial()


class _Log:
    """Counts up to `quota` episodes of each environment."""

    def __init__(self, environments: int, quota: int) -> None:
        self.returns = np.zeros((environments, quota))
        self.lengths = np.zeros((environments, quota), np.int64)
        self.successes = np.zeros((environments, quota), bool)
        self.done = np.zeros(environments, np.int64)

    @property
    def complete(self) -> bool:
        return bool((self.done == self.returns.shape[1]).all())

    def add(self, rewards: NDArray[Any], ended: NDArray[np.bool_], infos: list[dict[str, Any]]) -> int:
        open_ = np.flatnonzero(self.done < self.returns.shape[1])
        self.returns[open_, self.done[open_]] += rewards[open_]
        self.lengths[open_, self.done[open_]] += 1
        finished = open_[ended[open_]]
        for index in finished:
            self.successes[index, self.done[index]] = _succeeded(infos[index])
        self.done[finished] += 1
        return len(finished)

    def trial(self) -> Trial:
        return Trial(self.returns.ravel(), self.lengths.ravel(), self.successes.ravel())


def _succeeded(info: dict[str, Any]) -> bool:
    return bool(info.get("is_success", not info["TimeLimit.truncated"]))
