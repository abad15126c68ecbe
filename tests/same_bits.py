"""Digests of what a seed decides: generators, a recording, a training, imagination and an evaluation.

`python tests/same_bits.py FOLDER` prints them as JSON, with the hash of a text, which tells processes apart.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch

import worldmodels
from worldmodels.data import EpisodeStore, record
from worldmodels.imagined import ImaginedVectorEnv
from worldmodels.rewards import HeadReward
from worldmodels.worlds import World
from worldmodels_envs.registration import ENTRIES

TINY = {"CaterSnitch": {"size": 16, "supersample": 1, "stride": 60}, "CaterPlay": {"size": 16, "supersample": 1}}
TINY |= {
    "CaterStills": {"size": 16, "supersample": 1},
    "Phyre": {"size": 16, "tasks": ["00000:000"]},
    "PhyreVideo": {"size": 16, "stride": 60, "tasks": ["00000:000"]},
}


def digest(value: Any) -> str:
    """Of arrays, numbers and texts, in the order that they come in."""
    found = hashlib.sha256()
    _feed(found, value)
    return found.hexdigest()[:16]


def _feed(found: Any, value: Any) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            found.update(str(key).encode())
            _feed(found, item)
    elif isinstance(value, list | tuple):
        for item in value:
            _feed(found, item)
    else:
        array = np.asarray(value)
        found.update(array.tobytes() if array.dtype != object else repr(value).encode())


def episode(id: str, vector: bool) -> str:
    """The first steps of an environment."""
    options = TINY.get(id.partition("/")[2].partition("-")[0], {})
    env = gym.make_vec(id, 2, **options) if vector else gym.make(id, disable_env_checker=True, **options).unwrapped
    env.action_space.seed(5)
    seen: list[Any] = [env.reset(seed=3)]
    for _ in range(3):
        seen.append(env.step(env.action_space.sample()))
        if not vector and (seen[-1][2] or seen[-1][3]):
            break
    env.close()
    return digest(seen)


def digests(folder: Path) -> dict[str, str]:
    """Everything, in a new folder."""
    from worldmodels.cli.main import main

    torch.set_num_threads(1)
    found = {entry.id: episode(entry.id, vector=False) for entry in ENTRIES}
    found |= {f"{entry.id} as a vector": episode(entry.id, vector=True) for entry in ENTRIES if entry.vector}
    store = record(World.named("reach"), None, 3, folder / "data", seed=4, signals=("distance",), progress=False)
    found["recording"] = store.digest
    small = "{state: 4, latent: 2, content: 4, encoding: 8, inference_hidden: 8, dynamics_hidden: 8}"
    line = f"data.path={folder}/data model=srvp trainer=cpu trainer.threads=1 steps=2 batch_size=2 length=4 held_out=0"
    words = [*line.split(), f"model.config={small}", "heads={distance: {target: distance, hidden: 8}}"]
    assert main(["train", *words, f"out={folder}/run"]) == 0
    model = worldmodels.load(folder / "run")
    found["training"] = digest([(name, tensor.numpy()) for name, tensor in model.state_dict().items()])
    env = ImaginedVectorEnv(model, 2, starts=EpisodeStore(store.folder), reward=HeadReward("distance"), horizon=3)
    env.action_space.seed(5)
    found["imagination"] = digest([env.reset(seed=6), *(env.step(env.action_space.sample()) for _ in range(5))])
    line = f"checkpoints={folder}/run data={folder}/data context=2 horizon=2 samples=2 videos=2 out={folder}/report"
    assert main(["evaluate", "prediction", *line.split()]) == 0
    result = json.loads((folder / "report" / "result.json").read_text())
    found["evaluation"] = digest({name.replace(str(folder), ""): figures for name, figures in result.items()})
    return found


if __name__ == "__main__":
    print(json.dumps({"hash": hash("a text"), "digests": digests(Path(sys.argv[1]))}))
