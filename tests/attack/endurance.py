"""Memory over a million imagined vector steps, and what making and closing every environment leaves behind.

`python tests/attack/endurance.py steps [MODEL] [STEPS]` or `python tests/attack/endurance.py closes [COUNT] [NAME]`.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import gymnasium as gym
import numpy as np
import torch

import worldmodels
import worldmodels_envs  # noqa: F401
from worldmodels.checkpoints.shipped import shipped
from worldmodels.imagined import ImaginedVectorEnv
from worldmodels.imagined.starts import Start
from worldmodels.spec import WorldSpec

ENVIRONMENTS, HORIZON, SHARE = 64, 50, 0.01
SMALL = {"srvp": {"config": {"state": 8, "latent": 4, "content": 4, "encoding": 8, "inference_hidden": 8}}}
SMALL["srvp"]["config"] |= {"dynamics_hidden": 8, "dynamics_layers": 1, "filters": 4}


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def steps(name: str = "srvp", count: int = 1_000_000) -> bool:
    """Imagine; whether memory stays within a hundredth of what it is after the first hundredth of the steps."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    spec = WorldSpec((3, 16, 16), gym.spaces.Discrete(4))
    model = worldmodels.create(name, spec, **SMALL.get(name, {"preset": "tiny"}))
    env = ImaginedVectorEnv(
        model,
        ENVIRONMENTS,
        starts=Start(np.zeros((ENVIRONMENTS, 3, 16, 16, 3), np.uint8), np.zeros((ENVIRONMENTS, 2), np.int64)),
        reward=lambda transitions: transitions.features[:, 0],
        termination=None,
        horizon=HORIZON,
        observation="features",
    )
    env.reset(seed=0)
    env.action_space.seed(0)
    actions = [env.action_space.sample() for _ in range(101)]
    begun, low, high = time.process_time(), 0, 0
    for step in range(1, count + 1):
        env.step(actions[step % 101])
        if step % (count // 100) == 0:
            now = resident()
            low, high = (now, now) if step == count // 100 else (min(low, now), max(high, now))
            told = f"{step:,} steps: {now / 1e6:.2f} MB, {1e6 * (time.process_time() - begun) / step:.0f} us a step"
            print(told, flush=True)
    flat = high <= low * (1 + SHARE)
    print(f"{count:,} steps of {ENVIRONMENTS}: {low / 1e6:.2f} to {high / 1e6:.2f} MB; flat within 1%: {flat}")
    return flat


def held() -> dict[str, int]:
    """Open files, threads and children of this process."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    threads = len(os.listdir("/proc/self/task"))
    return {
        "files": len(os.listdir("/proc/self/fd")),
        "threads": threads,
        "python threads": threading.active_count(),
        "children": len(children),
    }


def closes(count: int = 500, named: str = "") -> bool:
    """Make, reset, step and close each registered id, or those with such a name; whether nothing is left of any."""
    ids, brought = sorted(id for id in gym.registry if id.startswith(f"worldmodels/{named}")), shipped()
    black = np.zeros((1, 1, 32, 32, 3), np.uint8)
    for id, name in (("Imagined", "vrnn"), ("ImaginedModules", "vim")):
        given = {"reward": lambda transitions: transitions.features[:, 0], "termination": None, "starts": black}
        OPTIONS[f"worldmodels/{id}-v0"] = {"checkpoint": brought[name], **given} if name in brought else {}
    whole = True
    for id in ids:
        try:
            _once(id)  # what is loaded once stays
        except Exception as error:  # an extra that is not installed, or a checkpoint that has to be named
            print(f"{id}: left out ({type(error).__name__}: {error!s:.90})")
            continue
        before, memory, begun = held(), resident(), time.process_time()
        for _ in range(count):
            _once(id)
        after = held()
        left = {name: after[name] - before[name] for name in before if after[name] != before[name]}
        whole &= not left
        spent, grown = 1e3 * (time.process_time() - begun) / count, (resident() - memory) / 1e6
        print(f"{id}: {count} times, {spent:.1f} ms each, {grown:+.1f} MB, left: {left or 'nothing'}", flush=True)
    return whole


def _once(id: str) -> None:
    env = gym.make(id, **OPTIONS.get(id, {}))
    env.reset(seed=0)
    env.step(env.action_space.sample())
    env.close()


OPTIONS: dict[str, dict[str, object]] = {"worldmodels/DMControl-v0": {"domain": "cartpole", "task": "balance"}}


if __name__ == "__main__":
    verb, *given = sys.argv[1:]
    done = steps(*given[:1], *map(int, given[1:])) if verb == "steps" else closes(*map(int, given[:1]), *given[1:])
    sys.exit(not done)
