"""Trains a tiny CVG unbroken, killed (SIGKILL) again and again, and on two processes; prints what was equal.

python plugins/cvg/experiments/kills.py FOLDER [KILLS=10] [SEED=0] [STEPS=60]
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import lightning.pytorch  # noqa: F401 so that each training is a fork that has imported it
import torch

from worldmodels import checkpoints
from worldmodels.cli.main import main as verb
from worldmodels.data import EpisodeStore
from worldmodels.plugins import build
from worldmodels.training import TrainConfig, TrainerConfig, train
from worldmodels.training.module import WorldModelModule
from worldmodels_cvg.model import CVG


def start(data: Path, out: Path, steps: int, trainer: TrainerConfig | None = None) -> int:
    """The process id of a training of both levels, all of whose kinds of turns come."""
    child = os.fork()
    if child:
        return child
    torch.set_num_threads(1)
    status = 1
    try:
        store = EpisodeStore(data)
        torch.manual_seed(0)
        model = build(CVG, store.spec, "tiny", {"average": 0.9})
        config = TrainConfig(
            steps=steps, batch_size=4, length=4, held_out=0.25, save_every=4, validate_every=20, validation_batches=1,
            log_every=7, trainer=trainer or TrainerConfig(accelerator="cpu"),
        )  # fmt: skip
        train(model, store, out, config, progress=False)
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def wait(child: int, seconds: float) -> int | None:
    """How the process ended, or `None` if it goes on."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    return None


def killed(data: Path, out: Path, steps: int, kills: int, seconds: float, rng: random.Random) -> tuple[int, int | None]:
    """Kill a training at random moments of up to a tenth of its own length; how often, and how it ended."""
    done = 0
    while True:
        child = start(data, out, steps)
        ended = wait(child, rng.uniform(0.02, 0.12) * seconds if done < kills else 600)
        if ended is not None:
            return done, ended
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        done += 1


def same(first: Path, second: Path) -> dict[str, bool]:
    """Whether the last checkpoints of two runs have the same bits: weights, their average, the optimiser's moments."""
    ends = [checkpoints.find(folder) for folder in (first, second)]
    found = {"step": ends[0].name == ends[1].name}
    for name in (checkpoints.WEIGHTS, checkpoints.AVERAGE):
        files = [end / name for end in ends]
        found[name] = all(file.is_file() for file in files) and files[0].read_bytes() == files[1].read_bytes()
    moments = [_flat(checkpoints.read_training(end)["optimizer_states"]) for end in ends]
    return {**found, "moments": moments[0] == moments[1]}


def two_processes(data: Path, out: Path, steps: int) -> bool:
    """Whether two processes end with the same weights.

    Running statistics are each process's own between two steps; at every step all take the first one's.
    """
    out.mkdir(parents=True)

    def keep(module: WorldModelModule) -> None:
        torch.save(module.model.state_dict(), out / f"rank{module.global_rank}.pt")

    WorldModelModule.on_train_end = keep  # type: ignore[method-assign]
    trainer = TrainerConfig(accelerator="cpu", devices=2, strategy="ddp_fork")
    if wait(start(data, out, steps, trainer), 600) != 0:
        return False
    ranks = [torch.load(out / f"rank{rank}.pt", weights_only=True) for rank in (0, 1)]
    own = ("mean", "variance", "known")
    return all(torch.equal(ranks[0][name], ranks[1][name]) for name in ranks[0] if name.rpartition(".")[2] not in own)


def attack(folder: Path, kills: int, seed: int, steps: int) -> dict[str, Any]:
    """All of it, in a folder."""
    data = folder / "data"
    verb(["record", "world=moving_shapes", "world.kwargs.size=16", "world.kwargs.radii=[2]", "world.max_steps=5",
          "episodes=12", "actions=false", f"out={data}"])  # fmt: skip
    begun = time.monotonic()
    unbroken = wait(start(data, folder / "unbroken", steps), 600)
    times, ended = killed(data, folder / "killed", steps, kills, time.monotonic() - begun, random.Random(seed))
    equal = same(folder / "unbroken", folder / "killed")
    both = two_processes(data, folder / "two", steps)
    return {"kills": times, "ended": [unbroken, ended], "equal": equal, "two processes agree": both}


def _flat(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.numpy().tobytes()
    if isinstance(value, dict):
        return {name: _flat(item) for name, item in value.items()}
    return [_flat(item) for item in value] if isinstance(value, list | tuple) else value


def main() -> None:
    """Print the outcome as JSON; the exit code says whether all was equal."""
    given = [int(word) for word in sys.argv[2:]]
    kills, seed, steps = [*given, *(10, 0, 60)[len(given) :]]
    found = attack(Path(sys.argv[1]), kills, seed, steps)
    print(json.dumps(found))
    sys.exit(not (all(found["equal"].values()) and found["two processes agree"] and found["ended"] == [0, 0]))


if __name__ == "__main__":
    main()
