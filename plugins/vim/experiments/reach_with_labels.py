"""A VIM that goes on learning from real steps with their actions: the baseline of `experiments.reach_by_modules`.

    python -m experiments.reach_with_labels CHECKPOINT --videos 1000 --steps 400 --seed 0 --out FOLDER

takes the weights of a model trained on frames alone, trains them on videos of RandomWalkReach in which every step is
labelled, and plays the same episodes by the same tree search; needs worldmodels-envs and worldmodels-agents.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Discrete

from experiments.reach_by_modules import WHITE, play
from worldmodels.data.episode import Episode
from worldmodels.data.writer import EpisodeWriter
from worldmodels.evaluation.intervals import success_interval
from worldmodels.spec import WorldSpec
from worldmodels.training import OptimizerConfig, TrainConfig, TrainerConfig, train
from worldmodels_vim.checkpoints import load_vim
from worldmodels_vim.grounding import Closeness
from worldmodels_vim.model import VIM

LENGTH, SLOTS, CLIP = 20, 5, 6
RED = (1.0, 0.0, 0.0)
"""The agent's colour, which is given to this planner; the other one finds it from its labels."""
SPACE = Discrete(4)


def record(path: Path, videos: int, seed: int) -> None:
    """Videos of random actions, none of which ends at the goal."""
    from worldmodels_envs.random_walk import resolve_config
    from worldmodels_envs.random_walk.reach import ReachSimulator

    rng, world = np.random.default_rng(seed), ReachSimulator(resolve_config("atomic"), videos, masks=False)
    actions = rng.integers(SPACE.n, size=(videos, LENGTH - 1))
    world.reset(rng)
    frames = [world.look()[0]]
    for step in range(LENGTH - 1):
        world.step(rng, actions[:, step])
        frames.append(world.look()[0])
    with EpisodeWriter(path, action_space=SPACE, sync=False) as writer:
        for video, done in zip(np.stack(frames, 1), actions, strict=True):
            writer.add(Episode(video, done))


def with_actions(model: VIM) -> VIM:
    """The same weights in a model of a world with actions and five slots, which knows nothing of actions yet."""
    spec = WorldSpec(model.spec.frame_shape, SPACE, model.spec.fps)
    other = VIM(spec, replace(model.config, slots=SLOTS, stills=0.0, lengths=(CLIP,), closed=0.0, opening=0.0))
    missing, unexpected = other.load_state_dict(model.state_dict(), strict=False)
    assert not unexpected and all(name.startswith("transition.action.") for name in missing)
    return other


def run(
    checkpoint: str | Path, out: str | Path, videos: int = 1000, steps: int = 400, episodes: int = 200, seed: int = 0
) -> dict[str, Any]:
    """Record, train and play.

    Args:
        checkpoint: A model of Random Walk's balls, trained on frames alone.
        out: Folder of the videos and the training.
        videos: With labels, of 20 frames each.
        steps: Of the optimiser.
        episodes: Real episodes.
        seed: Of everything.

    Returns:
        Figures in JSON types.
    """
    loaded, folder = load_vim(checkpoint), Path(out)
    if not (folder / "videos").exists():
        record(folder / "videos", videos, seed)
    torch.manual_seed(seed)
    model, began = with_actions(loaded), time.process_time()
    train(model, folder / "videos", folder / "run", _training(steps, seed), progress=False)
    seconds = round(time.process_time() - began)
    reward = Closeness(model, torch.tensor(RED), torch.tensor(WHITE))
    successes = play(model.eval(), reward, episodes, seed + 1).successes
    interval = success_interval(int(successes.sum()), len(successes))
    labels = {"labels": videos * (LENGTH - 1), "steps": steps, "cpu_seconds": seconds}
    return {**labels, "success": asdict(interval)}


def _training(steps: int, seed: int) -> TrainConfig:
    schedule = ((0.0, 0.1), (0.05, 1.0), (0.6, 1.0), (1.0, 0.05))
    return TrainConfig(
        steps=steps,
        batch_size=8,
        seed=seed,
        optimizer=OptimizerConfig(lr=1e-3, schedule=schedule, clip=1.0),
        trainer=TrainerConfig(accelerator="cpu", threads=1),
        held_out=0.0,
        save_every=steps,
        keep=1,
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m experiments.reach_with_labels")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--videos", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--episodes", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    print(json.dumps(run(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
