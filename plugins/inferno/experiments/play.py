"""Slots over time in CaterPlay: `python plugins/inferno/experiments/play.py CHECKPOINT [episodes=24]`.

Prints whether slots keep their objects over 40 frames, how far imagined places are from the true ones after 10 frames
beside those of a world that stands still, and whether an object that was put elsewhere in the belief goes on as the
true simulation does when it is put there.
"""

from __future__ import annotations

import copy
import sys
from typing import Any, NamedTuple

import gymnasium
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

import worldmodels
from worldmodels.data.frames import to_float
from worldmodels.edits import Move
from worldmodels.evaluation.intervals import mean_interval, success_interval
from worldmodels_inferno.model import INFERNO

FRAMES, HORIZON, START, NEAR, SEED = 41, 10, 10, 0.75, 5_000_000
WORLD: dict[str, Any] = {
    "min_objects": 3,
    "max_objects": 4,
    "camera_jitter": 0.0,
    "light_jitter": 0.0,
    "motion_frames": 4,
}


class Played(NamedTuple):
    """An episode.

    Attributes:
        frames: uint8 (time, height, width, 3).
        actions: (time - 1, 4).
        places: Of the objects (time, object, 3).
    """

    frames: NDArray[np.uint8]
    actions: NDArray[np.int64]
    places: NDArray[np.float32]


def play(env: gymnasium.Env[Any, Any], seed: int) -> Played | None:
    """An episode of random actions; None where it ends early."""
    frame, info = env.reset(seed=seed)
    env.action_space.seed(seed)
    frames, actions, places = [frame], [], [info["positions"]]
    for _ in range(FRAMES - 1):
        actions.append(env.action_space.sample())
        frame, _, terminated, _, info = env.step(actions[-1])
        if terminated:
            return None
        frames.append(frame)
        places.append(info["positions"])
    return Played(np.stack(frames), np.stack(actions), np.stack(places))


def encoded(model: INFERNO, played: Played) -> tuple[Tensor, Tensor]:
    """Frames (1, time, 3, height, width) and actions (1, time - 1, action)."""
    return to_float(played.frames[None]), model.codec.encode(played.actions).unsqueeze(0)


def nearest(places: Tensor, present: Tensor, true: Tensor) -> tuple[Tensor, Tensor]:
    """The slot nearest to each true place (object, 3), and how far it is; of slots that are there."""
    apart = (true.unsqueeze(1) - places[:-1]).norm(dim=-1)
    apart = apart.masked_fill(present[:-1, 0] < 0.5, torch.inf)
    return apart.argmin(1), apart.amin(1)


def main(checkpoint: str, episodes: int = 24) -> None:
    """Print the figures of a model."""
    model = worldmodels.load(checkpoint).eval()
    assert isinstance(model, INFERNO)
    env = gymnasium.make("worldmodels_envs:worldmodels/CaterPlay-v0", max_episode_steps=FRAMES, **WORLD)
    kept, imagined, still, moved = [], [], [], []
    for seed in range(SEED, SEED + episodes):
        played = play(env, seed)
        if played is None:
            continue
        frames, actions = encoded(model, played)
        true = torch.from_numpy(played.places)
        rollout = model.observe(frames, actions, every=True, temperature=0.0)
        places, present = rollout.beliefs["places"][0], rollout.beliefs["present"][0]
        first, far = nearest(places[0], present[0], true[0])
        for thing in torch.nonzero(far < NEAR).flatten().tolist():
            # Position matched: its slot is still where it is.
            kept.append(bool((places[-1, first[thing]] - true[-1, thing]).norm() < NEAR))
        belief = model.resume(rollout, START)
        slots, far = nearest(places[START], present[START], true[START])
        end = model.imagine(belief, actions[:, START : START + HORIZON], temperature=0.0).last["places"][0]
        went = (true[START + HORIZON] - true[START]).norm(dim=-1)
        for thing in torch.nonzero((far < NEAR) & (went > 0.1)).flatten().tolist():
            imagined.append(float((end[slots[thing]] - true[START + HORIZON, thing]).norm()))
            still.append(float((places[START, slots[thing]] - true[START + HORIZON, thing]).norm()))
        moved += intervene(model, env, seed)
    print(f"objects whose slot keeps them over {FRAMES - 1} frames: {success_interval(sum(kept), len(kept))}")
    print(f"places after {HORIZON} frames, of objects that moved: imagined {mean_interval(imagined)}", end="")
    print(f", standing still {mean_interval(still)}")
    print(f"error of the moved snitch's way as a share of its length: {mean_interval(moved)}")


def intervene(model: INFERNO, env: gymnasium.Env[Any, Any], seed: int) -> list[float]:
    """The snitch is put elsewhere in the belief and in the simulation, then told to slide to a cell in both."""
    frame, info = env.reset(seed=seed)
    belief = model.observe(to_float(frame[None, None]), temperature=0.0)
    true = torch.from_numpy(info["positions"])
    slot, far = nearest(belief["places"][0], belief["present"][0], true)
    if far[0] > NEAR:
        return []
    by, play_env = (0.8, 0.8, 0.0), env.unwrapped
    arena = copy.deepcopy(play_env._arena)
    arena.places[0] += by
    target = np.array([0, 0, 14, 1])
    course = arena.order("_slide", 0, np.array([-0.5, -0.5]), 1)
    if course is None:
        return []
    action = model.codec.encode(target[None]).unsqueeze(1).expand(-1, 4, -1)
    put = model.edit(belief, [Move(int(slot[0]), by)])
    end = model.imagine(put, action, temperature=0.0).last["places"][0, slot[0]]
    way = torch.from_numpy(course[0][-1, 0] - course[0][0, 0]).float()
    went = end - put["places"][0, slot[0]]
    return [float((went - way).norm() / way.norm().clamp_min(0.1))]


if __name__ == "__main__":
    main(sys.argv[1], *(int(word.split("=")[1]) for word in sys.argv[2:]))
