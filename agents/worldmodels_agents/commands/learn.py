"""`worldmodels learn`: PPO trained in imagination, or for comparison in the real environment."""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from gymnasium.vector import VectorEnv
from stable_baselines3 import PPO

from worldmodels.cli.options import read
from worldmodels.cli.table import show_table
from worldmodels.errors import InputError
from worldmodels.evaluation.returns import ReturnGap, returns_table
from worldmodels.imagined.origin import find_starts, open_model
from worldmodels.limits import Count
from worldmodels.rewards import RewardConfig
from worldmodels.whole import check_place, write_file
from worldmodels.worlds.choice import WorldOptions, world_of
from worldmodels.worlds.fit import check_fit
from worldmodels_agents.imagination import CONTEXT, imagined_environments
from worldmodels_agents.measure import measure
from worldmodels_agents.policy import LatentPolicy
from worldmodels_agents.ppo import PPOConfig, learn


@dataclass(frozen=True, kw_only=True)
class LearnOptions(WorldOptions):
    """Trains PPO and plays it in the real environment, by default the checkpoint's own world.

    Attributes:
        where: Whether PPO learns in "imagination" or, for comparison, in the "real" environment.
        checkpoint: The world model, for imagination.
        starts: A data set whose frames imagined episodes start from; by default the checkpoint's own, else its world.
        reward: The imagined reward, such as reward.kind=progress reward.head=distance.
        termination: The head that ends imagined episodes; null for never.
        horizon: Steps of an imagined episode.
        environments: Environments in which PPO learns at once.
        ppo: PPO's settings.
        episodes: Real episodes to play at the end.
        out: Where to save the policy (stable-baselines3's zip file); learning that was stopped goes on there.
    """

    where: Literal["imagination", "real"] = "imagination"
    checkpoint: str | None = None
    starts: str | None = None
    reward: RewardConfig = field(default_factory=RewardConfig)
    termination: str | None = "terminated"
    horizon: Count = 20
    environments: Count = 64
    ppo: PPOConfig = field(default_factory=PPOConfig)
    episodes: Count = 200
    out: str | None = None


def run(words: Sequence[str]) -> None:
    """Learn, play, and print success and returns."""
    options = read(LearnOptions, "learn", words, groups=("world",))
    if options.out is not None:
        check_place(policy_file(options.out))
    agent = learn_and_play(options)
    state = unfinished(options)
    if state is not None:
        state.unlink(missing_ok=True)
    show_table(returns_table({f"PPO ({options.where})": agent}))


def learn_and_play(options: LearnOptions) -> ReturnGap:
    """PPO's episodes in imagination, if it learned there, and in the real environment."""
    if options.where == "imagination" and options.checkpoint is None:
        raise InputError("learning in imagination needs checkpoint=...; where=real learns in the environment itself.")
    model, provenance = (None, {}) if options.checkpoint is None else open_model(options.checkpoint, None)
    world = options.choose(world_of(provenance))
    real = world.make_vec(min(50, options.episodes))
    if model is None or options.where == "real":
        agent, facts = _learn(world.make_vec(options.environments), options)
        return ReturnGap(None, measure(agent, real, options.episodes, seed=options.ppo.seed), facts)
    check_fit(real, model.spec)
    starts = find_starts(options.starts, model.spec, CONTEXT, provenance)
    imagined = imagined_environments(
        model, options.environments, options.reward, options.termination, starts, options.horizon
    )
    agent, facts = _learn(imagined, options)
    promised = measure(agent, world.judge(imagined), options.episodes, seed=options.ppo.seed)
    kept = measure(LatentPolicy(model, agent), real, options.episodes, seed=options.ppo.seed)
    return ReturnGap(promised, kept, facts)


def _learn(env: VectorEnv[Any, Any, Any], options: LearnOptions) -> tuple[PPO, dict[str, Any]]:
    """The agent, saved, and what the table says of its learning."""
    begun = time.perf_counter()
    agent = learn(env, options.ppo, progress=True, state=unfinished(options))
    facts = {"seconds": time.perf_counter() - begun}
    if options.out is not None:
        buffer = io.BytesIO()
        agent.save(buffer)
        write_file(policy_file(options.out), buffer.getvalue())
    return agent, facts


def policy_file(out: str) -> Path:
    """Where the policy goes: what has no suffix becomes a zip file, as stable-baselines3 has it."""
    return Path(out) if Path(out).suffix else Path(f"{out}.zip")


def unfinished(options: LearnOptions) -> Path | None:
    """Where a training that was stopped is kept: beside the policy, named for what is asked."""
    if options.out is None:
        return None
    asked = {name: value for name, value in asdict(options).items() if name not in ("out", "episodes")}
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()[:12]
    place = policy_file(options.out)
    return place.with_name(f".{place.name}.{digest}.unfinished")
