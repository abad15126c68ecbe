"""Proximal policy optimisation by stable-baselines3, in imagination or in a real environment."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import gymnasium as gym
import torch
from gymnasium.vector import VectorEnv
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor, nn

from worldmodels.config import Settings
from worldmodels.errors import InputError
from worldmodels.limits import Count, Limit, NotNegative, Seed, Share, Width
from worldmodels_agents.episodes_callback import EpisodesCallback, restore
from worldmodels_agents.progress_callback import ProgressCallback
from worldmodels_agents.vec_env import VecEnvAdapter


@dataclass(frozen=True)
class PPOConfig(Settings):
    """Settings of PPO; the names are stable-baselines3's.

    Attributes:
        total_timesteps: Steps in all environments together.
        n_steps: Steps of each environment between two updates.
        batch_size: Steps in a minibatch.
        n_epochs: Passes over the steps of an update.
        learning_rate: Adam's, falling linearly to 0.
        gamma: Discount.
        gae_lambda: Of the generalised advantage.
        ent_coef: Weight of the entropy bonus.
        hidden: Width of the two layers of policy and value.
        seed: Of weights, draws and environments.
        save_every: Updates after which episodes begin anew, and an unfinished training is saved where it is kept.
    """

    total_timesteps: Count = 100_000
    n_steps: Count = 16
    batch_size: Annotated[int, Limit(2)] = 256
    n_epochs: Count = 4
    learning_rate: NotNegative = 1e-3
    gamma: Share = 0.95
    gae_lambda: Share = 0.95
    ent_coef: NotNegative = 0.0
    hidden: Width = 128
    seed: Seed = 0
    save_every: Count = 50


class SmallCNN(BaseFeaturesExtractor):
    """Two strided convolutions and a linear layer: for frames too small for stable-baselines3's `NatureCNN`.

    Args:
        observation_space: Frames (channel, height, width).
        features_dim: Width of the output.
    """

    def __init__(self, observation_space: gym.Space[Any], features_dim: int = 256) -> None:
        super().__init__(observation_space, features_dim)
        shape = observation_space.shape
        assert shape is not None
        self.convolutions = nn.Sequential(
            nn.Conv2d(shape[0], 32, 4, 4), nn.SiLU(), nn.Conv2d(32, 64, 4, 2), nn.SiLU(), nn.Flatten()
        )
        width = self.convolutions(torch.zeros(1, *shape)).shape[1]
        self.linear = nn.Sequential(nn.Linear(width, features_dim), nn.SiLU())

    def forward(self, observations: Tensor) -> Tensor:
        """Features (batch, features_dim) of frames (batch, channel, height, width)."""
        features: Tensor = self.linear(self.convolutions(observations))
        return features


def learn(
    env: VectorEnv, config: PPOConfig, *, progress: bool = False, device: str = "auto", state: Path | None = None
) -> PPO:
    """PPO trained in a vector environment, real or imagined; frames are seen through `SmallCNN`.

    Every `save_every` updates episodes begin anew, from a seed that follows from the update's number: what the
    environments hold then need not be saved, and a training that was cut short and called again with its file ends
    as an unbroken one, bit for bit on a CPU.

    Args:
        env: Environments with autoreset in the same step.
        config: PPO's settings.
        progress: Whether to show a progress bar with the time left.
        device: Where policy and value live.
        state: The file that an unfinished training is kept in, and goes on from; the caller removes it.

    Raises:
        InputError: for an update of fewer than 2 steps, or where the file holds a training with other settings.
    """
    adapter = VecEnvAdapter(env)
    if config.n_steps * env.num_envs < 2:
        raise InputError("an update needs at least 2 steps; give more ppo.n_steps or environments.")
    pixels = len(env.single_observation_space.shape or ()) == 3
    layers = [config.hidden, config.hidden]
    options: dict[str, Any] = {"net_arch": {"pi": layers, "vf": layers}, "activation_fn": nn.SiLU}
    if pixels:
        options["features_extractor_class"] = SmallCNN
    agent = PPO(
        "CnnPolicy" if pixels else "MlpPolicy",
        adapter,
        learning_rate=lambda left: config.learning_rate * left,
        n_steps=config.n_steps,
        batch_size=config.batch_size,
        n_epochs=config.n_epochs,
        gamma=config.gamma,
        gae_lambda=config.gae_lambda,
        ent_coef=config.ent_coef,
        policy_kwargs=options,
        seed=config.seed,
        device=device,
    )
    agent.set_logger(Logger(folder=None, output_formats=[]))  # its own would leave a folder behind
    asked = json.dumps([asdict(config), env.num_envs, repr(env.single_observation_space)])
    if state is not None and state.is_file():
        restore(agent, state, asked)
    callbacks: list[BaseCallback] = [EpisodesCallback(config.seed, config.save_every, state, asked)]
    if progress:
        callbacks.append(ProgressCallback(config.total_timesteps))
    left = config.total_timesteps - agent.num_timesteps
    return agent.learn(left, callbacks, reset_num_timesteps=False) if left > 0 else agent
