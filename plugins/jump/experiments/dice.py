"""Whether a die's unseen face is the same from three views: `python dice.py CHECKPOINT ... [--scenes 200]`.

Needs worldmodels-envs with its digits. Five cameras see the other sides of a cube, three look at the one that they do
not see. The digit in a view is the one whose picture, drawn by the generator from there, is nearest to it; so no
classifier has to be trained, and the generator's own frames are read without an error (printed first).
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

import worldmodels
from worldmodels.data.frames import to_float
from worldmodels_envs.dice import DiceSimulator
from worldmodels_envs.dice.camera import place_cameras
from worldmodels_jump.model import JUMP

SEEN, ASKED = 5, 3
# At which azimuth each side of a cube that is not turned faces the camera, in the order of `FACES`.
_FACING = np.deg2rad([0.0, 180.0, 90.0, -90.0])


class Task(NamedTuple):
    """Scenes with one hidden side each.

    Attributes:
        simulator: Draws them.
        hidden: (scene,), which side is not seen.
        frames: (scene, view, channel, height, width), the seen views, then those of the hidden side.
        poses: (scene, view, 7).
        places: (scene, view, 3), of the cameras.
    """

    simulator: DiceSimulator
    hidden: np.ndarray
    frames: Tensor
    poses: Tensor
    places: np.ndarray


def make_task(config: str, scenes: int, seed: int) -> Task:
    """Scenes, of which the first views show every side but one, and the last that one."""
    rng = np.random.default_rng(seed)
    simulator = DiceSimulator.make(scenes, config)
    simulator.reset(rng)
    hidden = rng.integers(4, size=scenes)
    towards = simulator.room.turns + _FACING[hidden]
    elevation = np.deg2rad(np.mean(simulator.config.elevation))
    # A side is out of sight from more than 76 degrees away, 4 edges from the middle.
    around = np.deg2rad([100.0, 140.0, 180.0, 220.0, 260.0, -30.0, 0.0, 30.0])
    frames, poses, places = [], [], []
    for angle in around:
        cameras = place_cameras(towards + angle, np.full(scenes, elevation), simulator.config.distance)
        picture, info = simulator.draw(simulator.room, cameras)
        assert (info["faces"][np.arange(scenes), hidden] > 0).all() == (abs(angle) < 1)
        frames.append(to_float(torch.from_numpy(picture[:, None]))[:, 0])
        poses.append(torch.from_numpy(info["camera"]))
        places.append(cameras)
    return Task(simulator, hidden, torch.stack(frames, 1), torch.stack(poses, 1), np.stack(places, 1))


def read_digits(task: Task, frames: Tensor) -> np.ndarray:
    """Which picture (scene, asked) of a digit is on the hidden side in frames (scene, asked, ...)."""
    scenes, errors = len(task.hidden), []
    for picture in range(task.simulator.config.digits):
        faces = task.simulator.room.faces.copy()
        faces[np.arange(scenes), task.hidden] = picture
        room = task.simulator.room._replace(faces=faces)
        views = [task.simulator.draw(room, task.places[:, SEEN + view])[0] for view in range(ASKED)]
        drawn = to_float(torch.from_numpy(np.stack(views, 1)))
        errors.append((frames - drawn).square().flatten(2).sum(2))
    return torch.stack(errors).argmin(0).numpy()


def measure(model: JUMP, task: Task) -> dict[str, float]:
    """Agreement of the three views, and the paper's KL1 and KL3 in nats."""
    with torch.no_grad():
        belief = model.observe_at(task.frames[:, :SEEN], task.poses[:, :SEEN])
        asked = model.ask(belief, task.poses[:, SEEN:], generator=torch.Generator().manual_seed(0))
        digits = read_digits(task, model.render(asked))
        torch.manual_seed(0)
        seen = model.views(task.frames[:, :SEEN], task.poses[:, :SEEN])
        views = [model.views(task.frames[:, [i]], task.poses[:, [i]]) for i in range(SEEN, SEEN + ASKED)]
        one = torch.stack([model.divergence(seen, view) for view in views]).mean()
        three = model.divergence(seen, model.views(task.frames[:, SEEN:], task.poses[:, SEEN:])).mean()
    true = task.simulator.room.faces[np.arange(len(digits)), task.hidden]
    return {
        "same digit": float((digits == digits[:, :1]).all(1).mean()),
        "true digit": float((digits == true[:, None]).mean()),
        "different digits in all scenes": len(np.unique(digits)),
        "kl1": float(one),
        "kl3": float(three),
        "entropy": float(np.log(task.simulator.config.digits)),
    }


def main() -> None:
    """Print what is measured, a line for each checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", nargs="*")
    parser.add_argument("--config", default="plain")
    parser.add_argument("--scenes", type=int, default=200)
    options = parser.parse_args()
    task = make_task(options.config, options.scenes, seed=1)
    true = task.simulator.room.faces[np.arange(options.scenes), task.hidden]
    read = read_digits(task, task.frames[:, SEEN:])
    print("generator's own frames read right:", float((read == true[:, None]).mean()))
    for path in options.checkpoints:
        model = worldmodels.load(path)
        assert isinstance(model, JUMP)
        print(path, {name: round(value, 4) for name, value in measure(model, task).items()}, flush=True)


if __name__ == "__main__":
    main()
