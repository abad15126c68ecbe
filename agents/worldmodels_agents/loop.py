"""The loop: collect real steps, train the model, improve the agent in imagination, measure both returns."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from stable_baselines3 import PPO

from worldmodels import WorldModel
from worldmodels.config import Settings
from worldmodels.data import EpisodeStore, record
from worldmodels.data.store import Episodes
from worldmodels.evaluation.returns import Results, ReturnGap
from worldmodels.imagined.starts import EpisodeStarts
from worldmodels.limits import Count, Seed, Share
from worldmodels.rewards import HeadTermination, RewardConfig
from worldmodels.training import TrainConfig, train
from worldmodels.whole import write_file
from worldmodels.worlds import World
from worldmodels_agents.dreamer import ActorCritic, DreamerConfig, learn_in_imagination
from worldmodels_agents.filtering import Tracked
from worldmodels_agents.imagination import CONTEXT, imagined_environments
from worldmodels_agents.measure import measure
from worldmodels_agents.policy import LatentPolicy, Policy
from worldmodels_agents.ppo import PPOConfig, learn

AGENT, RESULT = "agent", "result.json"


@dataclass(frozen=True)
class LoopConfig(Settings):
    """Settings of the loop.

    Attributes:
        rounds: How often to collect, train and improve.
        collect: Real steps that each round adds, in whole episodes; in the first round actions are random.
        explore: Share of the actions that stay random in later rounds, beside the policy's own draws.
        signals: Entries of the environment's info that heads learn from.
        training: The model's training in a round; each goes on from the weights of the one before.
        algorithm: "dreamer", whose actor-critic goes on from round to round, or "ppo", which begins anew in each.
        dreamer: The actor-critic's settings in a round.
        ppo: PPO's settings in a round.
        reward: The imagined reward.
        termination: The head that ends imagined episodes; `None` for never.
        horizon: Steps of an imagined episode of PPO.
        environments: Imagined environments of PPO at once.
        episodes: Episodes of a measurement.
        seed: Of everything.
    """

    rounds: Count = 5
    collect: Count = 2000
    explore: Share = 0.1
    signals: tuple[str, ...] = ()
    training: TrainConfig = field(default_factory=TrainConfig)
    algorithm: Literal["dreamer", "ppo"] = "dreamer"
    dreamer: DreamerConfig = field(default_factory=DreamerConfig)
    ppo: PPOConfig = field(default_factory=PPOConfig)
    reward: RewardConfig = field(default_factory=RewardConfig)
    termination: str | None = "terminated"
    horizon: Count = 20
    environments: Count = 64
    episodes: Count = 100
    seed: Seed = 0


class Round(NamedTuple):
    """What a round gave.

    Attributes:
        agent: The policy over real frames.
        returns: Its imagined and its real return, and the real steps taken so far.
    """

    agent: LatentPolicy
    returns: ReturnGap


def improve(
    world: World, model: WorldModel, folder: str | Path, config: LoopConfig, *, progress: bool = False
) -> Iterator[Round]:
    """Run the loop; each round is handed over when it is measured.

    Args:
        world: The real environment.
        model: The world model, with the heads that reward and termination read; it is trained in place.
        folder: Data set, checkpoints, agents and results go here; a loop that was stopped goes on with what it holds.
        config: Settings.
        progress: Whether to show bars with the time left.

    Raises:
        InputError: for a head that the model has not, before anything is recorded.
    """
    bonus = config.reward.bonus if config.reward.kind == "progress" else None
    for name in (config.reward.head, bonus, config.termination):
        if name is not None:
            model.heads.named(name)
    folder, agent = Path(folder), None
    for index in range(config.rounds):
        place, wanted = folder / f"round-{index}", (index + 1) * config.collect
        acting = None if agent is None else LatentPolicy(model, agent)
        episodes = collect(world, acting, folder / "data", wanted, config, progress)
        training = replace(config.training, seed=config.seed + index)
        train(model, episodes, place, training, prepare=index == 0, progress=progress)
        agent = _agent(model.eval(), agent, episodes, place / AGENT, config, index, progress)
        yield Round(LatentPolicy(model, agent), _returns(world, model, agent, episodes, place / RESULT, config))


def collect(
    world: World,
    policy: LatentPolicy | None,
    folder: Path,
    wanted: int,
    config: LoopConfig,
    progress: bool = False,
) -> Episodes:
    """The first episodes of a data set that make up at least `wanted` steps, recorded as far as they are missing."""
    store = EpisodeStore(folder) if (folder / "store.json").exists() else None
    if store is None or store.steps.sum() < wanted:
        acting = None
        if policy is not None:
            begun = 0 if store is None else len(store)
            acting = Exploring(policy, policy.model.spec.action_space, config.explore, config.seed + begun)
        given: dict[str, Any] = {"seed": config.seed, "signals": config.signals, "progress": progress}
        store = record(world, acting, wanted, folder, until=wanted, **given)
    return store.subset(range(int(np.searchsorted(store.steps.cumsum(), wanted)) + 1))


def _agent(
    model: WorldModel,
    before: Any,
    episodes: Episodes,
    place: Path,
    config: LoopConfig,
    index: int,
    progress: bool,
) -> Policy:
    """The round's agent: the one that was saved, or a new one, which is saved."""
    if config.algorithm == "ppo":
        path = place.with_suffix(".zip")
        if path.exists():
            return PPO.load(path)
        imagined = imagined_environments(
            model, config.environments, config.reward, config.termination, episodes, config.horizon
        )
        ppo = learn(imagined, replace(config.ppo, seed=config.seed + index), progress=progress)
        buffer = io.BytesIO()
        ppo.save(buffer)
        write_file(path, buffer.getvalue())
        return ppo
    if place.exists():
        return ActorCritic.load(place).to(model.device)
    agent = learn_in_imagination(
        model,
        episodes,
        replace(config.dreamer, seed=config.seed + index),
        reward=config.reward.build(),
        termination=None if config.termination is None else HeadTermination(config.termination),
        agent=before,
        progress=progress,
    )
    agent.save(place)
    return agent


def _returns(
    world: World, model: WorldModel, agent: Policy, episodes: Episodes, place: Path, config: LoopConfig
) -> ReturnGap:
    """The imagined and the real return: those that were stored, or measured ones, which are stored."""
    facts = {"real steps": int(episodes.steps.sum())}
    if place.exists():
        kept = json.loads(place.read_text(encoding="utf-8"))
        return ReturnGap(Results(**kept["imagined"]), Results(**kept["real"]), facts)
    number = min(config.episodes, 50)
    starts = EpisodeStarts(episodes, CONTEXT, first=True)
    # As long as real episodes can be, or the promise would be of their first steps alone.
    longest = int(episodes.steps.max())
    imagined = imagined_environments(model, number, config.reward, config.termination, starts, longest)
    promised = measure(agent, world.judge(imagined), config.episodes, seed=config.seed)
    real = measure(LatentPolicy(model, agent), world.make_vec(number), config.episodes, seed=config.seed)
    write_file(place, json.dumps({"imagined": _plain(promised), "real": _plain(real)}).encode())
    return ReturnGap(promised, real, facts)


def _plain(results: Results) -> dict[str, Any]:
    named = {"returns": results.returns, "successes": results.successes, "lengths": results.lengths}
    plain = {name: None if values is None else np.asarray(values).tolist() for name, values in named.items()}
    return {**plain, "begun_solved": results.begun_solved}


class Exploring:
    """A latent policy that draws its actions, and some of them blindly, for one environment.

    Args:
        policy: What acts otherwise; its memory learns of the random actions.
        space: Where random actions are drawn from.
        share: Probability of a random action, 0 to 1.
        seed: Of the draws.
    """

    def __init__(self, policy: LatentPolicy, space: Any, share: float, seed: int) -> None:
        self.policy, self.space, self.share = policy, space, share
        self.rng = np.random.default_rng(seed)
        self.space.seed(seed)

    def predict(self, observation: Any, state: Tracked | None = None, episode_start: Any = None) -> tuple[Any, Tracked]:
        """The policy's action or a random one, and what to remember."""
        action, state = self.policy.predict(observation, state, episode_start, deterministic=False)
        if self.rng.random() >= self.share:
            return action, state
        action = self.space.sample()
        encoded = self.policy.model.codec.encode(np.asarray(action)[None], self.policy.model.device)
        return action, state._replace(action=encoded)
