"""`measure`: what a policy earns in an environment, real or imagined, by stable-baselines3's `evaluate_policy`."""

from __future__ import annotations

from typing import Any

from gymnasium.vector import VectorEnv
from stable_baselines3.common.evaluation import evaluate_policy

from worldmodels.evaluation.returns import Results
from worldmodels.progress import Progress
from worldmodels_agents.policy import Policy
from worldmodels_agents.vec_env import VecEnvAdapter


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
    there are no successes in the results.

    Args:
        policy: What acts.
        env: Environments with autoreset in the same step.
        episodes: How many.
        seed: Of the environments.
        deterministic: Passed to the policy.
        label: Shown with the progress; without one there is none.

    Raises:
        InputError: for environments with another autoreset mode.
    """
    adapter = VecEnvAdapter(env)
    if seed is not None:
        adapter.seed(seed)
    told: list[bool | None] = []
    with Progress(label=label or "", total=episodes, unit="episode", show=label is not None) as bar:

        def note(now: dict[str, Any], _: dict[str, Any]) -> None:
            if now["done"]:
                told.append(now["info"].get("is_success"))
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
    successes = None if all(success is None for success in told) else [bool(success) for success in told]
    return Results(returns, successes, lengths)
