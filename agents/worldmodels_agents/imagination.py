"""`imagined_environments`: where agents learn, a model's features as observations."""

from __future__ import annotations

from typing import Any

from gymnasium.vector import AutoresetMode

from worldmodels import WorldModel
from worldmodels.imagined import ImaginedVectorEnv
from worldmodels.rewards import HeadTermination, RewardConfig, RewardFunction

CONTEXT = 2
"""Frames that a model watches before an imagined episode: two tell a velocity."""


def imagined_environments(
    model: WorldModel,
    number: int,
    reward: RewardConfig | RewardFunction,
    termination: str | None = "terminated",
    starts: Any = None,
    horizon: int = 20,
    *,
    temperature: float = 1.0,
    context: int = CONTEXT,
) -> ImaginedVectorEnv:
    """Imagined environments for stable-baselines3: features out, autoreset in the same step.

    Episodes end with the predicted probability. Cut at a half, an agent that is paid for that probability learns to
    wait where it is just below.

    Args:
        model: The world model, with the heads that reward and termination read.
        number: How many environments.
        reward: The imagined reward.
        termination: The head that ends episodes; `None` for never.
        starts: Where episodes begin, as `ImaginedVectorEnv` takes it.
        horizon: Steps after which an episode is truncated.
        temperature: Scales the noise of every latent.
        context: Frames that the model watches before an episode.
    """
    return ImaginedVectorEnv(
        model,
        number,
        starts=starts,
        reward=reward.build() if isinstance(reward, RewardConfig) else reward,
        termination=None if termination is None else HeadTermination(termination),
        horizon=horizon,
        observation="features",
        temperature=temperature,
        sample_termination=True,
        context=context,
        autoreset_mode=AutoresetMode.SAME_STEP,
    )
