"""The loop: collect real steps, train the model, improve the agent in imagination, measure both returns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from worldmodels import WorldModel
from worldmodels.config import Settings
from worldmodels.data import EpisodeStore, record
from worldmodels.evaluation.returns import ReturnGap
from worldmodels.limits import Count, Seed, Share
from worldmodels.rewards import RewardConfig
from worldmodels.training import TrainConfig, train
from worldmodels.worlds import World
from worldmodels_agents.filtering import Tracked
from worldmodels_agents.imagination import imagined_environments
from worldmodels_agents.measure import measure
from worldmodels_agents.policy import LatentPolicy
from worldmodels_agents.ppo import PPOConfig, learn


@dataclass(frozen=True)
class LoopConfig(Settings):
    """Settings of the loop.

    Attributes:
        rounds: How often to collect, train and improve.
        collect: Real episodes that each round adds; in the first round actions are random.
        explore: Share of the actions that stay random in later rounds.
        signals: Entries of the environment's info that heads learn from.
        training: The model's training in a round.
        reward: The imagined reward.
        termination: The head that ends imagined episodes; `None` for never.
        horizon: Steps of an imagined episode.
        environments: Imagined environments at once.
        ppo: PPO's settings in a round; it begins anew each time, as its features have moved.
        episodes: Episodes of a measurement.
        seed: Of everything.
    """

    rounds: Count = 3
    collect: Count = 200
    explore: Share = 0.2
    signals: tuple[str, ...] = ()
    training: TrainConfig = field(default_factory=TrainConfig)
    reward: RewardConfig = field(default_factory=RewardConfig)
    termination: str | None = "terminated"
    horizon: Count = 20
    environments: Count = 64
    ppo: PPOConfig = field(default_factory=PPOConfig)
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


def improve(world: World, model: WorldModel, folder: str | Path, config: LoopConfig) -> Iterator[Round]:
    """Run the loop; each round is handed over when it is measured.

    Args:
        world: The real environment.
        model: The world model, with the heads that reward and termination read; it is trained in place.
        folder: Data set and checkpoints go here; a loop that was stopped goes on with what it holds.
        config: Settings.
    """
    folder = Path(folder)
    agent: LatentPolicy | None = None
    for index in range(config.rounds):
        store = _collect(world, agent, folder / "data", (index + 1) * config.collect, config)
        training = replace(config.training, seed=config.seed + index)
        train(model, store, folder / f"round-{index}", training)
        model.eval()
        round_ = _improve(world, model, store, config, index)
        agent = round_.agent
        yield round_


def _collect(world: World, agent: LatentPolicy | None, folder: Path, wanted: int, config: LoopConfig) -> EpisodeStore:
    have = len(EpisodeStore(folder)) if (folder / "store.json").exists() else 0
    if wanted > have:
        policy = None
        if agent is not None:
            policy = Exploring(agent, agent.model.spec.action_space, config.explore, config.seed + have)
        record(world, policy, wanted - have, folder, seed=config.seed, signals=config.signals)
    return EpisodeStore(folder)


def _improve(world: World, model: WorldModel, store: EpisodeStore, config: LoopConfig, index: int) -> Round:
    imagined = imagined_environments(
        model, config.environments, config.reward, config.termination, store, config.horizon
    )
    ppo = learn(imagined, replace(config.ppo, seed=config.seed + index))
    agent = LatentPolicy(model, ppo)
    promised = measure(ppo, world.judge(imagined), config.episodes, seed=config.seed)
    kept = measure(agent, world.make_vec(min(config.episodes, 50)), config.episodes, seed=config.seed)
    facts = {"real steps": int(store.steps.sum())}
    return Round(agent, ReturnGap(promised, kept, facts))


class Exploring:
    """A latent policy some of whose actions are random, for one environment.

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
        action, state = self.policy.predict(observation, state, episode_start)
        if self.rng.random() >= self.share:
            return action, state
        action = self.space.sample()
        encoded = self.policy.model.codec.encode(np.asarray(action)[None], self.policy.model.device)
        return action, state._replace(action=encoded)
