"""The actor-critic's training."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from worldmodels import WorldModel
from worldmodels.data.store import Episodes
from worldmodels.errors import InputError
from worldmodels.progress import Progress
from worldmodels.rewards import HeadReward, RewardFunction, TerminationFunction
from worldmodels_agents.dreamer.actor_critic import ActorCritic
from worldmodels_agents.dreamer.config import DreamerConfig
from worldmodels_agents.dreamer.dream import Dream, Dreams, lambda_returns


def learn_in_imagination(
    model: WorldModel,
    episodes: Episodes,
    config: DreamerConfig | None = None,
    *,
    reward: RewardFunction | None = None,
    termination: TerminationFunction | None = None,
    agent: ActorCritic | None = None,
    progress: bool = False,
) -> ActorCritic:
    """An actor-critic trained on a model's imagination, from the beliefs of recorded frames.

    Args:
        model: The world model, with the heads that reward and termination read; it stays as it is.
        episodes: Recorded episodes that imagination starts from.
        config: Settings.
        reward: The imagined reward; by default the head "reward".
        termination: Probabilities of having ended; `None` for never.
        agent: One to go on with, which is trained in place; by default a fresh one.
        progress: Whether to show a bar with the time left.

    Raises:
        InputError: for an action space that is neither Discrete nor Box.
    """
    config = config or DreamerConfig()
    space = model.spec.action_space
    if space is None:
        raise InputError("this model knows no actions (action_space=None), so there is nothing to learn.")
    rng, generator = np.random.default_rng(config.seed), torch.Generator(model.device).manual_seed(config.seed)
    with torch.random.fork_rng(devices=[]):  # distributions draw from the global generator
        torch.manual_seed(config.seed)
        agent = agent or ActorCritic(model.feature_dim, space, config).to(model.device)
        dreams = Dreams(model.eval(), episodes, reward or HeadReward(), termination, config)
        optimizers = [torch.optim.Adam(part.parameters(), config.learning_rate) for part in (agent.actor, agent.critic)]
        for _ in Progress(range(config.updates), "learning in imagination", unit="update", show=progress):
            dream = dreams.dream(agent, dreams.starts(rng, generator), generator)
            losses = actor_critic_losses(agent, dream, config)
            for optimizer, loss, part in zip(optimizers, losses, (agent.actor, agent.critic), strict=True):
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(part.parameters(), config.clip)
                optimizer.step()
            for slow, fast in zip(agent.slow.parameters(), agent.critic.parameters(), strict=True):
                slow.data.lerp_(fast.data, config.slow)
    return agent


def actor_critic_losses(agent: ActorCritic, dream: Dream, config: DreamerConfig) -> tuple[Tensor, Tensor]:
    """Equations 8 to 11: of the actor, by advantages over their range, and of the critic, by returns."""
    states, weights = dream.features[:, :-1], config.discount * dream.running
    values = agent.value(dream.features).detach()
    returns = lambda_returns(dream.rewards, weights, values, config.trace)
    # How much a state counts: the probability of still being there.
    alive = torch.cat([torch.ones_like(weights[:, :1]), dream.running.cumprod(1)[:, :-1]], 1)

    # Large returns are scaled down to a range of 1, small ones, which may be noise, never up.
    low, high = torch.quantile(returns, torch.tensor([0.05, 0.95], device=returns.device))
    agent.range.lerp_(high - low, 1 - config.spread)
    advantages = (returns - values[:, :-1]) / agent.range.clamp_min(1.0)
    policy = agent.policy(states)
    actor = -(alive * (advantages * policy.log_prob(dream.drawn) + config.entropy * policy.entropy())).mean()

    logits = agent.critic(states)
    held = agent.bins.decode(agent.slow(states)).detach()
    critic = (alive * (agent.bins.loss(logits, returns) + agent.bins.loss(logits, held))).mean()
    return actor, critic
