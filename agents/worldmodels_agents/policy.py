"""`LatentPolicy`: a policy over a model's features, acting on real frames."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from worldmodels import WorldModel
from worldmodels_agents.filtering import Filter, Tracked


class Policy(Protocol):
    """What acts: a stable-baselines3 algorithm or policy, or a planner."""

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, Any]:
        """Actions for observations, and what to remember."""


class LatentPolicy:
    """Keeps a belief over real frames and asks a policy that was trained on features.

    Args:
        model: The world model whose features the policy knows.
        policy: The policy over features, for example a PPO trained in imagination.
    """

    def __init__(self, model: WorldModel, policy: Policy) -> None:
        self.model, self.policy = model, policy
        self.filter = Filter(model)

    def predict(
        self,
        observation: NDArray[np.uint8],
        state: Tracked | None = None,
        episode_start: NDArray[np.bool_] | None = None,
        deterministic: bool = True,
    ) -> tuple[Any, Tracked]:
        """Actions for frames, as stable-baselines3's `predict`.

        Args:
            observation: (environment, height, width, channel), uint8, or one frame without the first axis.
            state: What the last call returned; `None` begins anew.
            episode_start: (environment,), true where an episode begins.
            deterministic: Whether the policy takes its mode.
        """
        single = observation.ndim == 3
        starts = None if episode_start is None else np.atleast_1d(episode_start)
        belief = self.filter.update(observation[None] if single else observation, state, starts)
        features = self.model.features(belief).cpu().numpy()
        actions, _ = self.policy.predict(features, deterministic=deterministic)
        encoded = self.model.codec.encode(actions, self.model.device)
        return (actions[0] if single else actions), Tracked(belief, encoded)


class RandomPolicy:
    """Draws from the action space.

    Args:
        space: The action space of one environment.
        seed: Of the draws.
    """

    def __init__(self, space: Any, seed: int | None = None) -> None:
        self.space = space
        self.space.seed(seed)

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[NDArray[Any], None]:
        """One draw for each observation of the batch."""
        return np.stack([self.space.sample() for _ in range(len(observation))]), None
