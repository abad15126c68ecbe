"""Reproduces a claim in processes that are killed again and again. Importing takes long, so each is a fork.

Arguments: the claim, folder of the unbroken run, folder of the killed one, seed of the moments.
"""

import json
import os
import random
import signal
import sys
import time

import torch

torch.set_num_threads(1)
import lightning.pytorch  # noqa: E402, F401

import worldmodels.claims.command as command  # noqa: E402
import worldmodels.training.run  # noqa: E402, F401


def start(claim: str, out: str) -> int:
    child = os.fork()
    if child:
        return child
    status = 3
    try:
        status = command.run([claim, f"out={out}"])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def wait(child: int, seconds: float) -> int | None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    return None


def main(claim: str, unbroken: str, killed: str, seed: int) -> None:
    rng, kills = random.Random(seed), 0
    begun = time.monotonic()
    first = wait(start(claim, unbroken), 120)
    seconds = time.monotonic() - begun
    while True:
        child = start(claim, killed)
        # Moments from the first data set to the last report; what is finished stays, so later ones come further.
        ended = wait(child, rng.uniform(0.05, 0.6) * seconds if kills < 6 else 120)
        if ended is not None:
            break
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        kills += 1
    print(json.dumps({"kills": kills, "first": first, "last": ended}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
