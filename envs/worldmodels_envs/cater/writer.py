"""Data sets in CATER's own format: videos, scenes as JSON, and lists, written by several processes."""

from __future__ import annotations

import dataclasses
import functools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from worldmodels_envs.cater.config import CaterConfig, resolve_config
from worldmodels_envs.cater.generation import spread, worker_renderer
from worldmodels_envs.cater.labels import actions_present, cell_of, scene_json
from worldmodels_envs.cater.video import Video, simulate
from worldmodels_envs.cater.video_file import write_video
from worldmodels_envs.whole import draft, write_file

RECIPE = "generator.json"
TRAIN_SHARE, TUNE_SHARE = 0.7, 0.8
GRIDS = {"localize": 6, "localize_4x4": 4, "localize_8x8": 8}


class Listed(NamedTuple):
    """A video's line in every list: its file name, and its labels by task."""

    name: str
    labels: dict[str, str]


def write_cater(
    folder: str | Path,
    count: int,
    config: CaterConfig | str = "all_actions",
    seed: int = 0,
    *,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write a data set as CATER is laid out; called again after a break, it writes only what is missing.

    `videos/CATER_new_NNNNNN.avi`, `scenes/CATER_new_NNNNNN.json` and `lists/TASK/{train,val}.txt`, with
    train split once more into `train_subsetT.txt` and `train_subsetV.txt`. The same seed gives the same
    bytes, whatever the number of processes.

    Args:
        folder: Where to write; it may exist.
        count: How many videos there will be; a later call may ask for more.
        config: What to generate, or the name of one of `VARIANTS`.
        seed: Which endless row of videos.
        processes: How many processes draw and encode.
        progress: Called with the number of videos done and the number of all.

    Raises:
        ValueError: The folder holds a data set of another configuration or seed.
    """
    folder, config = Path(folder), resolve_config(config)
    _claim(folder, config, seed)
    entries = []
    job = functools.partial(_write_one, folder=folder, config=config, seed=seed)
    for entry in spread(job, range(count), processes):
        entries.append(entry)
        if progress is not None:
            progress(len(entries), count)
    _write_lists(folder / "lists", entries, seed)


def video_name(index: int) -> str:
    """Return the file name of a video by its number."""
    return f"CATER_new_{index:06d}.avi"


def _claim(folder: Path, config: CaterConfig, seed: int) -> None:
    recipe = json.loads(json.dumps({"config": dataclasses.asdict(config), "seed": seed}))
    path = folder / RECIPE
    if path.is_file() and json.loads(path.read_text()) != recipe:
        raise ValueError(
            f"{folder} holds videos of another configuration or seed (see {path}): "
            "give the same ones to go on with it, or name another folder"
        )
    for name in ("videos", "scenes"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    write_file(path, (json.dumps(recipe, indent=1) + "\n").encode())


def _write_one(index: int, *, folder: Path, config: CaterConfig, seed: int) -> Listed:
    video = simulate(config, seed, index)
    name = video_name(index)
    file, scene = folder / "videos" / name, folder / "scenes" / name.replace(".avi", ".json")
    if not file.exists():
        with draft(file) as ours:
            write_video(ours, _frames(video), config.height, config.width)
    if not scene.exists():
        size = (config.height, config.width)
        write_file(scene, json.dumps(scene_json(video.scene, video.timeline, name, index, size)).encode())
    return Listed(name, _labels(video))


def _frames(video: Video) -> Any:
    renderer = worker_renderer(video.config)
    renderer.load(video.scene)
    pictures = renderer.render(video.timeline.places, video.timeline.turns, video.scene.eyes)
    return (picture.frame for picture in pictures)


def _labels(video: Video) -> dict[str, str]:
    end = video.timeline.places[-1, 0]
    labels = {task: str(int(cell_of(end, side))) for task, side in GRIDS.items()}
    present = actions_present(video.scene.things, video.timeline)
    return labels | {"actions_present": ",".join(str(number) for number in present)}


def _write_lists(folder: Path, entries: list[Listed], seed: int) -> None:
    """Shuffle and split 70/30, train again 80/20; old lists are replaced at once."""
    order = np.random.default_rng((seed, len(entries))).permutation(len(entries))
    cut = int(TRAIN_SHARE * len(entries))
    train, val = order[:cut], order[cut:]
    tune = int(TUNE_SHARE * cut)
    parts = {"train": train, "val": val, "train_subsetT": train[:tune], "train_subsetV": train[tune:]}
    fresh = folder.with_name("lists.part")
    shutil.rmtree(fresh, ignore_errors=True)
    for task in (*GRIDS, "actions_present"):
        (fresh / task).mkdir(parents=True)
        for part, chosen in parts.items():
            lines = [f"{entries[i].name} {entries[i].labels[task]}\n" for i in chosen]
            (fresh / task / f"{part}.txt").write_text("".join(lines))
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
