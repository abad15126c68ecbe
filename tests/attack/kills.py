"""Runs a job twice: unbroken, and killed again and again. Importing takes long, so each run is a fork of this process.

Arguments: job, folder of the runs, number of kills, seed of the moments, a recorded data set, a checkpoint.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent))
from warm import warm

from worldmodels.cli.main import main
from worldmodels.data import EpisodeStore

EPISODES = 12
SMALL = "model.config={state: 4, encoding: 8}"
TRAIN = f"train model=srvp trainer=cpu trainer.threads=1 steps=6 batch_size=2 length=4 save_every=2 held_out=0 {SMALL}"
DREAM = "dreamer.updates=2 dreamer.clips=2 dreamer.length=4 dreamer.starts=2 dreamer.horizon=2"
LINES = {
    "record": f"record world=reach episodes={EPISODES} out=HERE/data",
    "train": f"{TRAIN} data.path=DATA out=HERE/run",
    "learn": "learn checkpoint=CHECKPOINT starts=DATA reward.head=distance environments=4 episodes=4 horizon=4 "
    "ppo.total_timesteps=256 ppo.n_steps=8 ppo.batch_size=16 ppo.n_epochs=1 ppo.save_every=2 out=HERE/policy.zip",
    "rounds": "learn world=reach rounds=2 collect=20 episodes=2 training.steps=2 training.batch_size=2 "
    f"training.length=4 training.held_out=0 preset=tiny {DREAM} out=HERE/loop",
    "evaluate": "evaluate prediction checkpoints=CHECKPOINT data=DATA context=2 horizon=2 samples=2 videos=2 "
    "out=HERE/report",
    "compare": "compare checkpoints=CHECKPOINT evaluations=[prediction,filtering] settings.prediction.data=DATA "
    "settings.prediction.context=2 settings.prediction.horizon=2 settings.prediction.samples=2 "
    "settings.filtering.data=DATA settings.filtering.at=[2,3] out=HERE/report",
    "reproduce": "reproduce HERE/claim.yaml out=HERE/claims record=true",
}
CLAIM = {
    "about": "Small models predict small worlds.",
    "paper": "Nobody (2026)",
    "place": "Table 0",
    "minutes": 1,
    "data": {
        "train": {"make": ["record", "world=reach", "episodes=4"]},
        "test": {"make": ["record", "world=reach", "episodes=2", "seed=1"]},
    },
    "train": [*TRAIN.split(" model.config")[0].split()[2:], SMALL],
    "rows": {"ours": {"train": ["model=srvp"]}, "copied": {"subject": "copy last frame"}},
    "evaluations": {
        "prediction": {
            "settings": {"data": "{test}", "context": 2, "horizon": 2, "samples": 2, "videos": 2},
            "together": True,
            "figures": {"psnr": "psnr"},
        }
    },
    "holds": {"Something is better.": "ours.psnr.mean > copied.psnr.mean"},
}


def verb(name: str, data: str, checkpoint: str) -> Callable[[Path], int]:
    """A job that is a command line."""

    def run(here: Path) -> int:
        (here / "claim.yaml").write_text(json.dumps(CLAIM)) if name == "reproduce" else None
        words = split(LINES[name].replace("DATA", data).replace("CHECKPOINT", checkpoint).replace("HERE", str(here)))
        if name == "record" and (here / "data" / "store.json").exists():
            # `episodes` are added to those that are there: whoever goes on asks for those that are missing.
            missing = EPISODES - len(EpisodeStore(here / "data"))
            return main([*words, f"episodes={missing}"]) if missing else 0
        return main(words)

    return run


def split(line: str) -> list[str]:
    """Words at single spaces, except within braces."""
    words, depth = [""], 0
    for character in line:
        depth += (character in "{[") - (character in "}]")
        if character == " " and not depth:
            words.append("")
        else:
            words[-1] += character
    return words


def write_files(here: Path) -> int:
    """The environments' own writers: CATER's folder, levels, a picture and simulated outcomes."""
    from worldmodels_envs.cater import write_cater
    from worldmodels_envs.cater.config import resolve_config
    from worldmodels_envs.phyre.level import save_levels
    from worldmodels_envs.phyre.statuses import read_statuses, write_statuses
    from worldmodels_envs.phyre.tasks import task, task_ids
    from worldmodels_envs.png import write_png

    write_cater(here / "cater", 2, resolve_config("all_actions", size=24, supersample=1, frames=31))
    save_levels([task(id) for id in task_ids()[:20]], here / "levels.json")
    write_png(here / "picture.png", np.zeros((64, 64, 3), np.uint8))
    key = np.arange(3)
    done = read_statuses(here / "statuses.npz", key)
    for id in task_ids()[len(done) : 12]:
        done[id] = np.arange(100, dtype=np.int8)
        write_statuses(here / "statuses.npz", key, done)
    return 0


def read_features(runs: Path) -> Callable[[Path], int]:
    """The snitch's cache of what a model believes."""
    import worldmodels
    from worldmodels.data import record
    from worldmodels.worlds import World
    from worldmodels_snitch.features import model_features

    world = World("worldmodels_envs:worldmodels/MovingDigits-v0", {"size": 32, "digits": 1}, size=None, max_steps=8)
    store = record(world, None, 12, runs / "videos", seed=0, actions=False, progress=False)
    torch.manual_seed(0)
    model = worldmodels.create("srvp", store.spec, config={"state": 4, "encoding": 8}).eval()

    def run(here: Path) -> int:
        model_features(model, store, here / "features", batch_size=1)
        return 0

    return run


def export(data: str) -> Callable[[Path], int]:
    """A data set in another format."""
    from worldmodels.data import export_lerobot

    def run(here: Path) -> int:
        if not (here / "lerobot").exists():
            export_lerobot(EpisodeStore(data), here / "lerobot")
        return 0

    return run


def result(job: str, here: Path) -> str:
    """What came out, but for times and places."""
    if job == "record":
        return EpisodeStore(here / "data").digest
    if job == "train":
        return _digest([max((here / "run").glob("checkpoints/step-*")) / "model.safetensors"])
    if job == "evaluate":
        return _digest([here / "report" / "result.json"])
    if job == "compare":
        figures = json.loads((here / "report" / "result.json").read_text())
        return json.dumps(_plain(figures), sort_keys=True)
    if job == "learn":
        with zipfile.ZipFile(here / "policy.zip") as archive:
            weights = torch.load(archive.open("policy.pth"), weights_only=True)
        return hashlib.sha256(b"".join(t.numpy().tobytes() for t in weights.values())).hexdigest()
    if job == "rounds":
        loop = here / "loop"
        found = sorted(loop.glob("round-*/agent/*.safetensors")) + sorted(loop.rglob("result.json"))
        return EpisodeStore(here / "loop" / "data").digest + _digest(found)
    if job == "reproduce":
        outcomes = [*here.rglob("outcome.json"), *here.glob("results/*.json")]
        told = [_plain(json.loads(path.read_text())) for path in sorted(outcomes)]
        return json.dumps(told, sort_keys=True) + _digest(sorted(here.rglob("step-00000006/model.safetensors")))
    return _digest(sorted(path for path in here.rglob("*") if path.is_file()))


def _digest(paths: list[Path]) -> str:
    assert paths, "nothing came out"
    return hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in paths)).hexdigest()


VARYING = ("date", "machine", "cpu_seconds", "imagined_steps_per_s")


def _plain(value: Any) -> Any:
    """Without what differs from run to run."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if k not in VARYING}
    return value


def left_over(here: Path) -> list[str]:
    """Drafts and unfinished states."""
    names = ("*.draft", "*.draft-folder", "*.old", "*.unfinished", "*.removed", "*.tmp", "*.part", ".*.draft")
    return sorted({path.name for name in names for path in here.rglob(name)})


def start(run: Callable[[Path], int], here: Path) -> int:
    """The process id of a job at work in a folder."""
    child = os.fork()
    with contextlib.suppress(ProcessLookupError, PermissionError):  # by whichever of the two comes first
        os.setpgid(child, child)
    if child:
        return child
    log = here.with_name("log").open("w")
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    with contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        code = run(here)
    log.flush()
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


def attack(job: str, run: Callable[[Path], int], runs: Path, kills: int, seed: int) -> dict[str, object]:
    """Kill at random moments of the run's own length; whenever a start comes to its end, look at what it has left."""
    rng, begun = random.Random(seed), time.monotonic()
    (runs / "unbroken").mkdir()
    code = wait(start(run, runs / "unbroken"), 600)
    assert code in (0, 1), f"the unbroken run ended with {code}: {(runs / 'log').read_text()[-2000:]}"
    wanted, seconds = result(job, runs / "unbroken"), time.monotonic() - begun
    done, ends, same, left = 0, 0, True, set[str]()
    here = runs / "killed"
    here.mkdir()
    while True:
        child = start(run, here)
        ended = wait(child, rng.uniform(0, seconds) if done < kills else 600)
        if ended is None:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            done += 1
            continue
        ends += 1
        same &= ended == code and result(job, here) == wanted
        left |= set(left_over(here))
        if not same:
            print((runs / "log").read_text()[-3000:], file=sys.stderr)
        if done >= kills or not same:
            return {"kills": done, "ends": ends, "same": same, "left over": sorted(left), "seconds": round(seconds, 2)}
        shutil.rmtree(here)
        here.mkdir()


if __name__ == "__main__":
    job, folder, kills, seed, data, checkpoint = sys.argv[1:]
    torch.set_num_threads(1)
    warm()
    import worldmodels.claims.page

    worldmodels.claims.page.repository = lambda: None  # this repository's own page stays as it is
    Path(folder).mkdir(parents=True, exist_ok=True)
    makers = {"files": lambda: write_files, "export": lambda: export(data)}
    makers["features"] = lambda: read_features(Path(folder))
    made = makers[job]() if job in makers else verb(job, data, checkpoint)
    print(json.dumps(attack(job, made, Path(folder), int(kills), int(seed))))
