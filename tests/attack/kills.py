"""Runs a verb twice: unbroken, and killed again and again. Importing takes long, so each run is a fork of this process.

Arguments: verb, folder of the runs, number of kills, seed of the moments, then the words, in which OUT is the result.
"""

import contextlib
import hashlib
import json
import os
import random
import signal
import sys
import time
import zipfile
from pathlib import Path

import torch

torch.set_num_threads(1)
import lightning.pytorch  # noqa: E402, F401
import stable_baselines3  # noqa: E402, F401

from worldmodels.cli.main import main  # noqa: E402
from worldmodels.data import EpisodeStore  # noqa: E402

OUTS = {"record": "data", "train": "run", "learn": "policy.zip", "evaluate": "report"}


def start(words: list[str], folder: Path) -> int:
    """The process id of a verb that writes into a folder."""
    child = os.fork()
    if child:
        return child
    os.environ["PYTHONHASHSEED"] = "0"
    with open(os.devnull, "w") as nothing, contextlib.redirect_stdout(nothing), contextlib.redirect_stderr(nothing):
        code = main([word.replace("OUT", str(folder / OUTS[words[0]])) for word in words])
    os._exit(code)


def wait(child: int, seconds: float) -> int | None:
    """How the process ended, or `None` if it goes on."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    return None


def result(verb: str, folder: Path) -> str:
    """What came out, but for times and places."""
    out = folder / OUTS[verb]
    if verb == "record":
        return EpisodeStore(out).digest
    if verb == "evaluate":
        return hashlib.sha256((out / "result.json").read_bytes()).hexdigest()
    if verb == "train":
        newest = max(out.glob("checkpoints/step-*"))
        return hashlib.sha256((newest / "model.safetensors").read_bytes()).hexdigest()
    with zipfile.ZipFile(out) as archive:
        weights = torch.load(archive.open("policy.pth"), weights_only=True)
    return hashlib.sha256(b"".join(t.numpy().tobytes() for t in weights.values())).hexdigest()


def left_over(folder: Path) -> list[str]:
    """Drafts and unfinished states."""
    names = ("*.draft", "*.draft-folder", "*.old", "*.unfinished", "*.removed", "*.tmp")
    return sorted(path.name for name in names for path in folder.rglob(name))


def attack(verb: str, runs: Path, kills: int, seed: int, words: list[str]) -> dict[str, object]:
    """Kill at random moments of the run's own length, then let it finish."""
    rng, begun = random.Random(seed), time.monotonic()
    code = wait(start(words, runs / "unbroken"), 600)
    assert code == 0, f"the unbroken run ended with {code}"
    seconds, done = time.monotonic() - begun, 0
    for _ in range(kills):
        child = start(words, runs / "killed")
        if wait(child, rng.uniform(0, seconds)) is None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            done += 1
    last = wait(start(words, runs / "killed"), 600)
    same = result(verb, runs / "unbroken") == result(verb, runs / "killed")
    return {"kills": done, "last": last, "same": same, "left over": left_over(runs / "killed")}


if __name__ == "__main__":
    verb, runs, kills, seed, *words = sys.argv[1:]
    for name in ("unbroken", "killed"):
        (Path(runs) / name).mkdir(parents=True, exist_ok=True)
    print(json.dumps(attack(verb, Path(runs), int(kills), int(seed), words)))
