"""Dreamer's actor-critic: learned in imagination alone, on any model's beliefs (Hafner et al., 2025)."""

from worldmodels_agents.dreamer.actor_critic import ActorCritic
from worldmodels_agents.dreamer.config import DreamerConfig
from worldmodels_agents.dreamer.dream import Dreams, lambda_returns
from worldmodels_agents.dreamer.learn import learn_in_imagination

__all__ = ["ActorCritic", "DreamerConfig", "Dreams", "lambda_returns", "learn_in_imagination"]
