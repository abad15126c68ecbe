"""How well a VRNN's head predicts the distance to the goal in RandomWalkReach, beside persistence.

    python -m experiments.distance_errors [CHECKPOINT] --episodes 400

Without a checkpoint, of the one that is shipped; needs worldmodels-envs.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

import worldmodels
from worldmodels.data.frames import to_float
from worldmodels.model import WorldModel
from worldmodels.worlds import World
from worldmodels_vrnn import SHIPPED

SEEN, HORIZONS = 6, (0, 1, 3)


class Walks(NamedTuple):
    """Random episodes of one length: frames (episode, time, ...), encoded actions, distances (episode, time) in px."""

    frames: Tensor
    actions: Tensor
    distances: Tensor


def distance_errors(model: WorldModel, episodes: int = 400, seed: int = 10_000) -> dict[int, tuple[float, float]]:
    """Mean absolute errors of the head `distance`, in px, by how many steps ahead it looks.

    Args:
        model: One with that head.
        episodes: Random episodes, freshly played; those that end too soon are left out.
        seed: Of episodes and actions.

    Returns:
        Steps after the last seen frame to the head's error there and that of the last seen frame's true distance.
    """
    walks = _walk(model, episodes, seed)
    belief = model.observe(walks.frames[:, :SEEN], walks.actions[:, : SEEN - 1], temperature=0.0)
    rollout = model.imagine(belief, walks.actions[:, SEEN - 1 :], temperature=0.0)
    head, last = model.heads.named("distance"), walks.distances[:, SEEN - 1]
    with torch.no_grad():
        told = torch.cat([head.value(model.features(belief))[:, None], head.value(model.features(rollout))], 1)
    truth = walks.distances[:, SEEN - 1 :]
    return {h: (_error(told[:, h], truth[:, h]), _error(last, truth[:, h])) for h in HORIZONS}


def _error(told: Tensor, truth: Tensor) -> float:
    return float((told - truth).abs().mean())


def _walk(model: WorldModel, episodes: int, seed: int) -> Walks:
    env, rng = World.named("reach").make_vec(episodes), np.random.default_rng(seed)
    frame, info = env.reset(seed=seed)
    frames, distances, going = [frame], [info["distance"]], np.ones(episodes, bool)
    actions = rng.integers(4, size=(episodes, SEEN + max(HORIZONS) - 1))
    for action in actions.T:
        frame, _, terminated, truncated, info = env.step(action)
        going &= ~(terminated | truncated)
        frames.append(frame)
        distances.append(info["distance"])
    chosen = to_float(np.stack(frames, 1)[going], model.device)
    told = torch.as_tensor(np.stack(distances, 1)[going], dtype=torch.float32, device=model.device)
    return Walks(chosen, model.codec.encode(actions[going]).to(model.device), told)


def main() -> None:
    """Print the errors as JSON."""
    parser = argparse.ArgumentParser(prog="python -m experiments.distance_errors")
    parser.add_argument("checkpoint", nargs="?", type=Path, default=SHIPPED)
    parser.add_argument("--episodes", type=int, default=400)
    parser.add_argument("--seed", type=int, default=10_000)
    given = parser.parse_args()
    errors = distance_errors(worldmodels.load(given.checkpoint), given.episodes, given.seed)
    print(json.dumps({f"{h} steps": {"model px": told, "persistence px": last} for h, (told, last) in errors.items()}))


if __name__ == "__main__":
    main()
