"""Plans in RandomWalkReach with modules for actions, after at most 20 labelled steps.

    python -m experiments.reach_by_modules CHECKPOINT --labels 20 --episodes 200 --seed 0

needs worldmodels-envs and worldmodels-agents.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from typing import Any, NamedTuple

import gymnasium
import numpy as np
import torch
from torch import Tensor

from worldmodels.data.frames import to_float
from worldmodels.evaluation.intervals import success_interval
from worldmodels.evaluation.returns import Results
from worldmodels.model import WorldModel
from worldmodels.rewards import RewardFunction
from worldmodels.worlds import World
from worldmodels_agents.measure import measure
from worldmodels_agents.objective import Objective
from worldmodels_agents.planners import Planner, TreeSearch
from worldmodels_vim.checkpoints import load_vim
from worldmodels_vim.grounding import Closeness, Grounded, ground
from worldmodels_vim.model import VIM

WHITE = (1.0, 1.0, 1.0)
"""The goal's colour, which is given with the task."""


class Labelled(NamedTuple):
    """Real steps: frames (step, channel, height, width) before and after, and actions (step,)."""

    before: Tensor
    actions: Tensor
    after: Tensor


def with_slots(model: VIM, slots: int) -> VIM:
    """The same weights with another number of slots, which seeded slots allow.

    Raises:
        InputError: for a model whose first slots are learned one by one.
    """
    other = VIM(model.spec, replace(model.config, slots=slots))
    other.load_state_dict(model.state_dict())
    return other.to(model.device).eval()


def label(steps: int, seed: int) -> Labelled:
    """Random steps of one environment, its episodes one after the other."""
    env = World.named("reach").make()
    env.action_space.seed(seed)
    frame, _ = env.reset(seed=seed)
    rows = []
    for _ in range(steps):
        action = int(env.action_space.sample())
        after, _, terminated, truncated, _ = env.step(action)
        rows.append((frame, action, after))
        frame = env.reset()[0] if terminated or truncated else after
    before, actions, following = (np.stack(part) for part in zip(*rows, strict=True))
    return Labelled(to_float(before[None])[0], torch.from_numpy(actions), to_float(following[None])[0])


class Afresh:
    """A planner that finds slots anew in every frame, so that it needs no memory.

    Args:
        planner: What plans.
    """

    def __init__(self, planner: Planner) -> None:
        self.planner = planner

    def predict(
        self, observation: Any, state: Any = None, episode_start: Any = None, deterministic: bool = True
    ) -> tuple[Any, None]:
        """The planner's actions for frames."""
        return self.planner.predict(observation)[0], None


def play(world: WorldModel, reward: RewardFunction, episodes: int, seed: int, horizon: int = 1) -> Results:
    """Episodes in the real environment by tree search in a model's imagination.

    Args:
        world: Whose actions are the environment's.
        reward: Of imagined steps.
        episodes: Played 50 side by side.
        seed: Of the environments.
        horizon: Depth of the tree.
    """
    planner = TreeSearch(world, Objective(reward), horizon=horizon, samples=16)
    envs = World.named("reach").make_vec(min(episodes, 50))
    return measure(Afresh(planner), envs, episodes, seed=seed)


def run(checkpoint: str, labels: int = 20, episodes: int = 200, seed: int = 0, horizon: int = 1) -> dict[str, Any]:
    """Label, ground and play.

    Args:
        checkpoint: A model of Random Walk's balls, trained on frames alone.
        labels: Labelled real steps.
        episodes: Real episodes.
        seed: Of both.
        horizon: Depth of the tree.

    Returns:
        Figures in JSON types.
    """
    model = with_slots(load_vim(checkpoint), 5)
    steps = label(labels, seed)
    grounding = ground(model, *steps, choices=4)
    world = Grounded(model, grounding, gymnasium.spaces.Discrete(4)).eval()
    reward = Closeness(model, grounding.colour, torch.tensor(WHITE, device=model.device))
    successes = play(world, reward, episodes, seed + 1, horizon).successes
    interval = success_interval(int(successes.sum()), len(successes))
    named = {"modules": grounding.modules.tolist(), "colour": grounding.colour.tolist()}
    return {"labels": labels, "agreement": grounding.agreement, **named, "success": asdict(interval)}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m experiments.reach_by_modules")
    parser.add_argument("checkpoint")
    parser.add_argument("--labels", type=int, default=20)
    parser.add_argument("--episodes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--horizon", type=int, default=1)
    given = parser.parse_args()
    print(json.dumps(run(given.checkpoint, given.labels, given.episodes, given.seed, given.horizon)))


if __name__ == "__main__":
    main()
