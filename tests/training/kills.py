"""Trains twice: unbroken, and killed again and again. Importing Lightning takes long, so each training is a fork.

Arguments: folder of the data, folder of the runs, least number of kills, seed of the moments, "staged" or "gan".
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

torch.set_num_threads(1)
import lightning.pytorch  # noqa: E402, F401
from staged_toy import Staged  # noqa: E402
from toys.gan import GAN, GANConfig  # noqa: E402

from worldmodels.checkpoints import find  # noqa: E402
from worldmodels.data import EpisodeStore  # noqa: E402
from worldmodels.heads import HeadConfig, attach_heads  # noqa: E402
from worldmodels.model import WorldModel  # noqa: E402
from worldmodels.spec import WorldSpec  # noqa: E402
from worldmodels.testing.toy import ToyConfig  # noqa: E402
from worldmodels.training import OptimizerConfig, TrainConfig, train  # noqa: E402

HEADS = {"distance": HeadConfig("distance", hidden=8), "reward": HeadConfig("reward", hidden=8, pair=True)}
CONFIG = TrainConfig(
    steps=160,
    batch_size=4,
    save_every=4,
    keep=2,
    validate_every=10,
    validation_batches=1,
    held_out=0.2,
    log_every=7,
    optimizer=OptimizerConfig(clip=1.0, schedule=((0.0, 0.1), (0.2, 1.0), (1.0, 0.0))),
)


def fresh(kind: str, spec: WorldSpec) -> WorldModel:
    torch.manual_seed(0)
    if kind == "gan":
        return GAN(spec, GANConfig())
    model = Staged(spec, ToyConfig(state=8, hidden=16, std=0.1))
    attach_heads(model, HEADS)
    return model


def start(kind: str, data: Path, out: Path) -> int:
    """The process id of a training."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        store = EpisodeStore(data)
        train(fresh(kind, store.spec), store, out, CONFIG, progress=False)
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


def drafts(out: Path) -> set[Path]:
    return set(out.glob("checkpoints/.step-*"))


def wait_for_saving(child: int, out: Path, saves: int) -> int | None:
    """Until the process is in the middle of its so-manieth save, or ended."""
    seen: set[Path] = drafts(out)
    while True:
        ended = wait(child, 0.001)
        new = drafts(out) - seen
        if ended is not None:
            return ended
        seen |= new
        saves -= len(new)
        if saves <= 0 and new:
            return None


def kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def main(data: Path, runs: Path, least: int, seed: int, kind: str) -> None:
    rng, kills, torn, statuses = random.Random(seed), 0, 0, []
    begun = time.monotonic()
    unbroken = wait(start(kind, data, runs / "unbroken"), 60)
    seconds = time.monotonic() - begun
    assert unbroken == 0, unbroken
    while True:
        child = start(kind, data, runs / "killed")
        in_a_save = kills % 2 == 1
        if kills >= least:
            ended = wait(child, 60)
        elif in_a_save:
            ended = wait_for_saving(child, runs / "killed", rng.randint(1, 3))
        else:
            ended = wait(child, rng.uniform(0.02, 0.1) * seconds)
        if ended is not None:
            statuses.append(ended)
            break
        kill(child)
        kills += 1
        torn += bool(drafts(runs / "killed"))
    ends = [str(find(runs / name)) for name in ("unbroken", "killed")]
    print(json.dumps({"kills": kills, "torn": torn, "status": statuses, "ends": ends, "seconds": seconds}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
