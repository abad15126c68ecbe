"""Trains a model of RandomWalkReach further on episodes that it steers itself, where random ones seldom lead.

    python -m worldmodels_vrnn.practice CHECKPOINT --data data/random_walk_reach --steps 600 --out runs/practice

gathers about 10,000 steps, greedy by the head `distance` and random in two of five, and trains on them and on 300 of
the random episodes; needs worldmodels-envs.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

import worldmodels
from worldmodels.data import EpisodeStore
from worldmodels.data.episode import Episode
from worldmodels.data.frames import to_float
from worldmodels.data.writer import EpisodeWriter
from worldmodels.environments import make_environments
from worldmodels.model import WorldModel
from worldmodels.rollout import Belief
from worldmodels.training import OptimizerConfig, TrainConfig, TrainerConfig, train
from worldmodels_vrnn.reach import ENVIRONMENT

RANDOM_EPISODES, EXPLORE = 300, 0.4
_SCHEDULE = ((0.0, 0.02), (0.02, 1.0), (0.5, 1.0), (1.0, 0.04))


def practise(checkpoint: str | Path, data: str | Path, out: str | Path, *, steps: int = 600, seed: int = 2) -> Path:
    """Gather episodes into `out/episodes` and train on, in `out/run`.

    Args:
        checkpoint: A model with a head `distance`.
        data: Random episodes of the environment.
        out: The folder.
        steps: Of the optimiser, of 16 clips each.
        seed: Of everything.

    Returns:
        The last checkpoint's folder.
    """
    model, own = worldmodels.load(checkpoint), Path(out) / "episodes"
    with EpisodeWriter(own, sync=False, action_space=model.spec.action_space) as writer:
        for episode in gather(model, seed=seed):
            writer.add(episode)
    store = EpisodeStore(data)
    optimizer = OptimizerConfig(lr=1.5e-3, clip=100.0, schedule=_SCHEDULE)
    trainer = TrainerConfig(accelerator="cpu", threads=1)
    config = TrainConfig(steps=steps, batch_size=16, length=10, seed=seed, optimizer=optimizer, trainer=trainer)
    some = store.subset(list(range(min(RANDOM_EPISODES, len(store)))))
    return train(model.train(), [some, own], Path(out) / "run", config)


def gather(model: WorldModel, *, environments: int = 200, steps: int = 50, seed: int = 2) -> Iterator[Episode]:
    """Episodes that end within `steps` steps, and what was seen of the others.

    Args:
        model: What steers.
        environments: Played side by side.
        steps: Of each environment.
        seed: Of environments and draws.
    """
    env, rng = make_environments(ENVIRONMENT, environments), np.random.default_rng(seed)
    frames, info = env.reset(seed=seed)
    open_ = [_Open(frames[i], info["distance"][i]) for i in range(environments)]
    belief = model.observe(to_float(frames[:, None], model.device), temperature=0.0)
    for _ in range(steps):
        explored = rng.random(environments) < EXPLORE
        actions = np.where(explored, rng.integers(4, size=environments), nearest(model, belief))
        frames, rewards, terminated, truncated, info = env.step(actions)
        ended = terminated | truncated
        for i, run in enumerate(open_):
            last, told = (info["final_obs"], info["final_info"]) if ended[i] else (frames, info)
            run.add(last[i], actions[i], rewards[i], terminated[i], truncated[i], told["distance"][i])
            if ended[i]:
                yield run.episode()
                open_[i] = _Open(frames[i], info["distance"][i])
        belief = _track(model, belief, frames, actions, ended)
    yield from (run.episode() for run in open_ if run.steps)


def nearest(model: WorldModel, belief: Belief) -> NDArray[np.intp]:
    """The action (environment,) after which the head foretells the least distance."""
    count, choices = belief.batch_size[0], model.codec.encode(np.arange(4)).to(model.device)
    every = belief[torch.arange(count, device=model.device).repeat_interleave(4)]
    rollout = model.imagine(every, choices.repeat(count, 1).unsqueeze(1), temperature=0.0)
    with torch.no_grad():
        told = model.heads.named("distance").value(model.features(rollout))
    best: NDArray[np.intp] = told.view(count, 4).argmin(1).cpu().numpy()
    return best


def _track(
    model: WorldModel, belief: Belief, frames: NDArray[np.uint8], actions: NDArray[np.intp], fresh: NDArray[np.bool_]
) -> Belief:
    seen = to_float(frames[:, None], model.device)
    encoded = model.codec.encode(actions[:, None]).to(model.device)
    belief = model.observe(seen, encoded, belief=belief, temperature=0.0)
    if fresh.any():
        chosen = torch.as_tensor(fresh, device=model.device)
        belief = belief.clone()
        belief[chosen] = model.observe(seen[chosen], temperature=0.0)
    return belief


class _Open:
    """An episode that is still played."""

    def __init__(self, frame: NDArray[np.uint8], distance: float) -> None:
        self.frames, self.distances = [frame], [distance]
        self.rows: list[tuple[int, float, bool, bool]] = []

    @property
    def steps(self) -> int:
        return len(self.rows)

    def add(
        self, frame: NDArray[np.uint8], action: int, reward: float, terminated: bool, truncated: bool, distance: float
    ) -> None:
        self.frames.append(frame)
        self.distances.append(distance)
        self.rows.append((action, reward, terminated, truncated))

    def episode(self) -> Episode:
        """All of it; what breaks off is truncated."""
        actions, rewards, terminated, truncated = map(np.array, zip(*self.rows, strict=True))
        truncated[-1] |= not terminated[-1]
        signals = {"distance": np.array(self.distances)}
        return Episode(np.stack(self.frames), actions, rewards, terminated, truncated, signals)


def main() -> None:
    """Practise from the command line, and say where the checkpoint is."""
    parser = argparse.ArgumentParser(prog="python -m worldmodels_vrnn.practice")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seed", type=int, default=2)
    given = parser.parse_args()
    print(practise(given.checkpoint, given.data, given.out, steps=given.steps, seed=given.seed))


if __name__ == "__main__":
    main()
