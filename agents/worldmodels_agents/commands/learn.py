"""`worldmodels learn`: agents trained in imagination or, for comparison, in the real environment."""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from gymnasium.vector import VectorEnv
from stable_baselines3 import PPO

from worldmodels import HeadConfig, WorldModel
from worldmodels.cli.options import read
from worldmodels.cli.table import show_table
from worldmodels.data import EpisodeStore
from worldmodels.data.store import STORE_FILE
from worldmodels.errors import InputError
from worldmodels.evaluation.returns import ReturnGap, returns_table
from worldmodels.imagined.origin import find_starts, open_model
from worldmodels.limits import Count, Seed, Share
from worldmodels.rewards import HeadTermination, RewardConfig
from worldmodels.training.config import OptimizerConfig, TrainConfig
from worldmodels.whole import check_place, write_file
from worldmodels.worlds.choice import WorldOptions, world_of
from worldmodels.worlds.fit import check_fit
from worldmodels_agents.dreamer import DreamerConfig, learn_in_imagination
from worldmodels_agents.imagination import CONTEXT, imagined_environments
from worldmodels_agents.measure import measure
from worldmodels_agents.policy import LatentPolicy, Policy
from worldmodels_agents.ppo import PPOConfig, learn

HEADS = {"reward": HeadConfig("reward", loss="twohot"), "terminated": HeadConfig("terminated", loss="bce")}
TRAINING = TrainConfig(
    steps=600,
    batch_size=16,
    length=16,
    rare=0.25,
    open_loop=0,
    optimizer=OptimizerConfig(lr=1e-3, clip=100.0),
)
"""A round's training of an RSSM; the recipe `experiment=rssm` of its plugin in short."""


@dataclass(frozen=True, kw_only=True)
class LearnOptions(WorldOptions):
    """Trains an agent and plays it in the real environment, by default the checkpoint's own world.

    With `rounds`, the loop: collect real steps, train a model on them, improve the agent in its imagination, measure,
    and again; it needs no checkpoint, and a loop that was stopped goes on.

    Attributes:
        where: Whether the agent learns in "imagination" or, for comparison, in the "real" environment.
        algorithm: "ppo", or "dreamer", an actor-critic that learns in imagination only; by default ppo, and dreamer
            with rounds.
        checkpoint: The world model, for imagination.
        starts: A data set whose frames imagined episodes start from; by default the checkpoint's own, else its world.
        reward: The imagined reward, such as reward.kind=progress reward.head=distance.
        termination: The head that ends imagined episodes; null for never.
        horizon: Steps of an imagined episode of PPO.
        environments: Environments in which PPO learns at once.
        ppo: PPO's settings.
        dreamer: The actor-critic's settings.
        episodes: Real episodes to play at the end, or after each round.
        out: Where to save the policy: stable-baselines3's zip file, or the actor-critic's folder; the loop's folder.
        rounds: How often to collect, train and improve; null for an agent of one checkpoint.
        collect: With rounds: real steps that each adds.
        explore: With rounds: share of the collected actions that are random.
        signals: With rounds: entries of the environment's info that heads learn from.
        model: With rounds: the plugin that is trained.
        preset: With rounds: one of its named configurations.
        config: With rounds: the model's settings over the preset's.
        heads: With rounds: the model's heads.
        training: With rounds: the model's training in each.
        seed: With rounds: of everything.
    """

    where: Literal["imagination", "real"] = "imagination"
    algorithm: Literal["ppo", "dreamer"] | None = None
    checkpoint: str | None = None
    starts: str | None = None
    reward: RewardConfig = field(default_factory=RewardConfig)
    termination: str | None = "terminated"
    horizon: Count = 20
    environments: Count = 64
    ppo: PPOConfig = field(default_factory=PPOConfig)
    dreamer: DreamerConfig = field(default_factory=DreamerConfig)
    episodes: Count = 200
    out: str | None = None
    rounds: Count | None = None
    collect: Count = 2000
    explore: Share = 0.1
    signals: tuple[str, ...] = ()
    model: str = "rssm"
    preset: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    heads: dict[str, HeadConfig] = field(default_factory=lambda: dict(HEADS))
    training: TrainConfig = field(default_factory=lambda: TRAINING)
    seed: Seed = 0

    @property
    def learner(self) -> Literal["ppo", "dreamer"]:
        """The algorithm that is meant."""
        return self.algorithm or ("ppo" if self.rounds is None else "dreamer")


def run(words: Sequence[str]) -> None:
    """Learn, play, and print success and returns."""
    options = read(LearnOptions, "learn", words, groups=("world",))
    if options.rounds is not None:
        from worldmodels_agents.commands.rounds import run_rounds

        run_rounds(options)
        return
    if options.out is not None:
        check_place(policy_file(options.out) if options.learner == "ppo" else Path(options.out) / "agent")
    agent = learn_and_play(options)
    state = unfinished(options)
    if state is not None:
        state.unlink(missing_ok=True)
    name = "PPO" if options.learner == "ppo" else "actor-critic"
    show_table(returns_table({f"{name} ({options.where})": agent}))


def learn_and_play(options: LearnOptions) -> ReturnGap:
    """The agent's episodes in imagination, if it learned there, and in the real environment."""
    if options.where == "imagination" and options.checkpoint is None:
        raise InputError("learning in imagination needs checkpoint=...; where=real learns in the environment itself.")
    model, provenance = (None, {}) if options.checkpoint is None else open_model(options.checkpoint, None)
    world = options.choose(world_of(provenance))
    real = world.make_vec(min(50, options.episodes))
    if options.learner == "dreamer" and options.where == "real":
        raise InputError("the actor-critic learns in imagination; where=real takes algorithm=ppo.")
    agent: Policy
    if model is None or options.where == "real":
        agent, facts = _learn(world.make_vec(options.environments), options)
        return ReturnGap(None, measure(agent, real, options.episodes, seed=options.ppo.seed), facts)
    check_fit(real, model.spec)
    starts = find_starts(options.starts, model.spec, CONTEXT, provenance)
    imagined = imagined_environments(
        model, options.environments, options.reward, options.termination, starts, options.horizon
    )
    if options.learner == "dreamer":
        agent, facts = _dream(model, provenance, options)
    else:
        agent, facts = _learn(imagined, options)
    promised = measure(agent, world.judge(imagined), options.episodes, seed=options.ppo.seed)
    kept = measure(LatentPolicy(model, agent), real, options.episodes, seed=options.ppo.seed)
    return ReturnGap(promised, kept, facts)


def _dream(model: WorldModel, provenance: Mapping[str, Any], options: LearnOptions) -> tuple[Policy, dict[str, Any]]:
    """The actor-critic, saved, and what the table says of its learning."""
    folders = [options.starts] if options.starts else provenance.get("data") or []
    here = [str(folder) for folder in folders if (Path(str(folder)) / STORE_FILE).is_file()]
    if not here:
        raise InputError("the actor-critic starts from recorded frames: give starts=, the folder of a data set.")
    begun = time.perf_counter()
    termination = None if options.termination is None else HeadTermination(options.termination)
    given: dict[str, Any] = {"reward": options.reward.build(), "termination": termination, "progress": True}
    agent = learn_in_imagination(model, EpisodeStore(here[0]), options.dreamer, **given)
    if options.out is not None:
        agent.save(options.out)
    return agent, {"seconds": time.perf_counter() - begun}


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
