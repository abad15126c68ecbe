"""`worldmodels learn`: PPO trained in imagination, or for comparison in the real environment."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import worldmodels
from worldmodels.cli.options import read
from worldmodels.cli.table import show_table
from worldmodels.environments import make_environments
from worldmodels.errors import InputError
from worldmodels.evaluation.returns import ReturnGap, returns_table
from worldmodels.rewards import RewardConfig
from worldmodels_agents.imagination import imagined_environments
from worldmodels_agents.policy import LatentPolicy
from worldmodels_agents.ppo import PPOConfig, learn
from worldmodels_agents.trial import run_trial


@dataclass(frozen=True)
class LearnOptions:
    """Trains PPO and plays it in the real environment.

    Attributes:
        env: The real environment's id.
        where: Whether PPO learns in "imagination" or, for comparison, in the "real" environment.
        checkpoint: The world model, for imagination.
        starts: A data set whose frames imagined episodes start from; by default the checkpoint's own.
        reward: The imagined reward, such as reward.kind=progress reward.head=distance.
        termination: The head that ends imagined episodes; null for never.
        horizon: Steps of an imagined episode.
        environments: Environments in which PPO learns at once.
        ppo: PPO's settings.
        episodes: Real episodes to play at the end.
        out: Where to save the policy (stable-baselines3's zip file).
    """

    env: str
    where: Literal["imagination", "real"] = "imagination"
    checkpoint: str | None = None
    starts: str | None = None
    reward: RewardConfig = field(default_factory=RewardConfig)
    termination: str | None = "terminated"
    horizon: int = 20
    environments: int = 64
    ppo: PPOConfig = field(default_factory=PPOConfig)
    episodes: int = 200
    out: str | None = None


def run(words: Sequence[str]) -> None:
    """Learn, play, and print success and returns."""
    options = read(LearnOptions, "learn", words)
    agent = learn_and_play(options)
    show_table(returns_table({f"PPO ({options.where})": agent}))


def learn_and_play(options: LearnOptions) -> ReturnGap:
    """PPO's episodes in imagination, if it learned there, and in the real environment."""
    real = make_environments(options.env, min(50, options.episodes))
    begun = time.perf_counter()
    if options.where == "real":
        agent = learn(make_environments(options.env, options.environments), options.ppo, progress=True)
        facts = {"seconds": time.perf_counter() - begun}
        _save(agent, options.out)
        return ReturnGap(None, run_trial(agent, real, options.episodes, seed=options.ppo.seed).episodes, facts)
    if options.checkpoint is None:
        raise InputError("learning in imagination needs checkpoint=...; where=real learns in the environment itself.")
    model = worldmodels.load(options.checkpoint)
    imagined = imagined_environments(
        model, options.environments, options.reward, options.termination, options.starts, options.horizon
    )
    agent = learn(imagined, options.ppo, progress=True)
    facts = {"seconds": time.perf_counter() - begun}
    _save(agent, options.out)
    promised = run_trial(agent, imagined, options.episodes, seed=options.ppo.seed)
    kept = run_trial(LatentPolicy(model, agent), real, options.episodes, seed=options.ppo.seed)
    return ReturnGap(promised.episodes, kept.episodes, facts)


def _save(agent: object, out: str | None) -> None:
    if out is not None:
        Path(out).parent.mkdir(parents=True, exist_ok=True)
        agent.save(out)  # type: ignore[attr-defined]
