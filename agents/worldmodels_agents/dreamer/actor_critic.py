"""`ActorCritic`: a policy and a value function over a model's features."""

from __future__ import annotations

import copy
import json
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.distributions import Categorical, Distribution, Independent, Normal

from worldmodels import ActionCodec
from worldmodels.blocks.twohot import TwoHot
from worldmodels.checkpoints.weights import check_fit, read_weights, write_weights
from worldmodels.config import build_config
from worldmodels.errors import CheckpointError, InputError
from worldmodels.spaces import space_from_json, space_to_json
from worldmodels.whole import write_folder
from worldmodels_agents.dreamer.config import DreamerConfig

CONFIG, WEIGHTS = "agent.json", "agent.safetensors"
UNIMIX = 0.01
LEAST, MOST = 0.1, 1.0
"""Bounds of the standard deviation of actions that are numbers, in half widths of a bounded Box."""


class ActorCritic(nn.Module):
    """An actor for a Discrete or a Box action space, and a critic whose values are two-hot distributions.

    Args:
        features: Width of what both read.
        space: The action space.
        config: Settings.

    Raises:
        InputError: for another action space.
    """

    def __init__(self, features: int, space: Any, config: DreamerConfig) -> None:
        super().__init__()
        if not isinstance(space, spaces.Discrete | spaces.Box):
            raise InputError(f"the actor-critic takes Discrete and Box action spaces; this one is {space}.")
        self.features, self.config, self.codec = features, config, ActionCodec(space)
        self.bins = TwoHot()
        inner = [config.hidden] * config.layers
        outputs = self.codec.dim if self.codec.discrete else 2 * self.codec.dim
        self.actor = _network(features, *inner, outputs)
        self.critic = _network(features, *inner, self.bins.count)
        self.slow = copy.deepcopy(self.critic).requires_grad_(False)
        self.range: Tensor
        self.register_buffer("range", torch.ones(()))

    def policy(self, features: Tensor) -> Distribution:
        """The distribution of actions at features (..., feature)."""
        output = self.actor(features)
        if self.codec.discrete:
            chance = (1 - UNIMIX) * output.softmax(-1) + UNIMIX / output.shape[-1]
            return Categorical(probs=chance)
        mean, std = output.chunk(2, -1)
        return Independent(Normal(mean.tanh(), LEAST + (MOST - LEAST) * (std + 2).sigmoid()), 1)

    def encoded(self, drawn: Tensor) -> Tensor:
        """Draws of the policy as the model takes them: one-hot, or numbers within the space."""
        if self.codec.discrete:
            return nn.functional.one_hot(drawn, self.codec.dim).to(torch.get_default_dtype())
        low, high = (bound.to(drawn.device) for bound in self.codec.bounds())
        return drawn.clamp(low, high)

    def value(self, features: Tensor) -> Tensor:
        """What is still to be earned (...) from features (..., feature), discounted."""
        return self.bins.decode(self.critic(features))

    @torch.no_grad()
    def predict(
        self, observation: NDArray[Any], state: Any = None, episode_start: Any = None, deterministic: bool = False
    ) -> tuple[Any, None]:
        """Actions for features (batch, feature), as stable-baselines3's `predict`."""
        features = torch.as_tensor(np.asarray(observation, np.float32), device=self.range.device)
        policy = self.policy(features)
        if deterministic:
            drawn = policy.probs.argmax(-1) if isinstance(policy, Categorical) else policy.mean
        else:
            drawn = policy.sample()
        return self.codec.decode(self.encoded(drawn)), None

    def save(self, folder: str | Path) -> Path:
        """Leave the agent in a folder, whole or not at all."""
        facts = {"features": self.features, "space": space_to_json(self.codec.space), "config": asdict(self.config)}

        def write(draft: Path) -> None:
            (draft / CONFIG).write_text(json.dumps(facts, indent=1), encoding="utf-8")
            write_weights(self.state_dict(), draft / WEIGHTS)

        return write_folder(Path(folder), write, (CONFIG, WEIGHTS))

    @classmethod
    def load(cls, folder: str | Path) -> ActorCritic:
        """The agent that `save` left.

        Raises:
            CheckpointError: where there is none, or it is damaged.
        """
        folder = Path(folder)
        try:
            facts = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
            config = build_config(DreamerConfig, facts["config"])
            agent = cls(int(facts["features"]), space_from_json(facts["space"]), config)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(f"{folder} holds no actor-critic that can be read: {error}.") from error
        weights = read_weights(folder / WEIGHTS)
        check_fit(agent.state_dict(), weights, folder)
        agent.load_state_dict(weights)
        return agent


def _network(*widths: int) -> nn.Sequential:
    """Layers with norms, the last of which begins at zero: an even policy, and values of 0."""
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(widths[:-1]):
        layers += [nn.Linear(fan_in, fan_out), nn.RMSNorm(fan_out), nn.SiLU()]
    last = nn.Linear(widths[-2], widths[-1])
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(*layers, last)
