"""`measure`: what a policy earns in an environment, real or imagined, by stable-baselines3's `evaluate_policy`."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.vector import VectorEnv
from stable_baselines3.common.evaluation import evaluate_policy

from worldmodels.errors import InputError
from worldmodels.evaluation.returns import Results
from worldmodels.progress import Progress
from worldmodels_agents.policy import Policy
from worldmodels_agents.vec_env import BEGAN_SOLVED, VecEnvAdapter


def measure(
    policy: Policy,
    env: VectorEnv[Any, Any, Any],
    episodes: int,
    *,
    seed: int | None = None,
    deterministic: bool = True,
    label: str | None = None,
) -> Results:
    """Play whole episodes, as evenly shared among the environments as can be, so that short ones count no more often.

    Success is what the environment says at an episode's end, in `info["is_success"]`; where it never says anything,
    there are no successes in the results. Episodes that say so at their beginning already are left out, and counted.

    Args:
        policy: What acts.
        env: Environments of any autoreset mode.
        episodes: How many.
        seed: Of the environments.
        deterministic: Passed to the policy.
        label: Shown with the progress; without one there is none.

    Raises:
        InputError: for environments whose episodes all begin solved.
    """
    adapter = VecEnvAdapter(env)
    if seed is not None:
        adapter.seed(seed)
    told: list[bool | None] = []
    solved: list[bool] = []
    with Progress(label=label or "", total=episodes, unit="episode", show=label is not None) as bar:

        def note(now: dict[str, Any], _: dict[str, Any]) -> None:
            if now["done"]:
                told.append(now["info"].get("is_success"))
                solved.append(now["info"][BEGAN_SOLVED])
                bar.update()

        returns, lengths = evaluate_policy(
            policy,
            adapter,
            episodes,
            deterministic=deterministic,
            callback=note,
            return_episode_rewards=True,
            warn=False,  # of no Monitor: nothing here changes rewards
        )
    kept = ~np.asarray(solved, bool)
    if not kept.any():
        raise InputError(f"all {len(solved)} episodes begin solved, so there is nothing to measure.")
    successes = None if all(success is None for success in told) else np.asarray([bool(s) for s in told])[kept]
    return Results(np.asarray(returns)[kept], successes, np.asarray(lengths)[kept], int((~kept).sum()))
