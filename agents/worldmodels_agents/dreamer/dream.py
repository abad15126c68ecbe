"""What an actor does in imagination, and what it earns there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from worldmodels import Belief, WorldModel
from worldmodels.data import ClipSampler
from worldmodels.data.frames import to_float
from worldmodels.data.store import Episodes
from worldmodels.rewards import RewardFunction, TerminationFunction
from worldmodels.transitions import Transitions
from worldmodels_agents.dreamer.actor_critic import ActorCritic
from worldmodels_agents.dreamer.config import DreamerConfig


class Dream(NamedTuple):
    """Imagined steps of a batch of beliefs.

    Attributes:
        features: (batch, horizon + 1, feature), the first those of the start.
        drawn: (batch, horizon, ...), what the policy drew there.
        rewards: (batch, horizon), of the arrivals.
        running: (batch, horizon), the probability of not having ended at each arrival.
    """

    features: Tensor
    drawn: Tensor
    rewards: Tensor
    running: Tensor


class Dreams:
    """Dreams that start at the beliefs of recorded windows, at any of their times.

    Args:
        model: The world model, in evaluation mode.
        episodes: Where the windows are from.
        reward: The imagined reward.
        termination: Probabilities of having ended; `None` for never.
        config: Settings.
    """

    def __init__(
        self,
        model: WorldModel,
        episodes: Episodes,
        reward: RewardFunction,
        termination: TerminationFunction | None,
        config: DreamerConfig,
    ) -> None:
        self.model, self.reward, self.termination, self.config = model, reward, termination, config
        columns = ["actions"] + ["terminated"] * ("terminated" in episodes.columns)
        length = max(config.length, model.minimum_frames)
        self._clips = ClipSampler(episodes, length, columns, least=2)

    def starts(self, rng: np.random.Generator, generator: torch.Generator) -> Belief:
        """Beliefs at random times of random windows, none of them where an episode has ended."""
        clips = self._clips.sample(self.config.clips, rng)
        frames, actions = to_float(clips.frames, self.model.device), self.model.codec.encode(clips.actions)
        rollout = self.model.observe(frames, actions.to(self.model.device), every=True, generator=generator)
        alive = np.ones(clips.frames.shape[:2], bool) if clips.weights is None else clips.weights > 0
        if clips.terminated is not None:
            alive[:, 1:] &= ~clips.terminated
        length = frames.shape[1]
        times = rng.choice(length, min(self.config.starts, length), replace=False)
        beliefs = [self.model.resume(rollout, int(time))[torch.from_numpy(alive[:, time])] for time in times]
        return torch.cat(beliefs)

    @torch.no_grad()
    def dream(self, agent: ActorCritic, belief: Belief, generator: torch.Generator) -> Dream:
        """The agent's steps from beliefs (batch,)."""
        features, drawn, rewards, running = [self.model.features(belief)], [], [], []
        for _ in range(self.config.horizon):
            drawn.append(agent.policy(features[-1]).sample())
            action = agent.encoded(drawn[-1])
            after = self.model.step(belief, action, generator=generator)
            step = Transitions(self.model, belief, after, action, features[-1])
            rewards.append(self.reward(step))
            ended = torch.zeros_like(rewards[-1]) if self.termination is None else self.termination(step)
            running.append(1 - ended.to(rewards[-1].dtype))
            features.append(step.features)
            belief = after
        return Dream(*(torch.stack(parts, 1) for parts in (features, drawn, rewards, running)))


def lambda_returns(rewards: Tensor, weights: Tensor, values: Tensor, trace: float) -> Tensor:
    """R_t = r_t + w_t ((1 - lambda) v_{t+1} + lambda R_{t+1}), and R_H = v_H (Equation 7).

    Args:
        rewards: (batch, horizon), of the arrivals.
        weights: (batch, horizon), the discount times the probability that the episode still runs on arrival.
        values: (batch, horizon + 1), of the start and of the arrivals.
        trace: Lambda, 0 to 1.

    Returns:
        (batch, horizon), from the start and from all arrivals but the last.
    """
    following, returns = values[:, -1], []
    for time in reversed(range(rewards.shape[1])):
        mixed = (1 - trace) * values[:, time + 1] + trace * following
        following = rewards[:, time] + weights[:, time] * mixed
        returns.append(following)
    return torch.stack(returns[::-1], 1)
