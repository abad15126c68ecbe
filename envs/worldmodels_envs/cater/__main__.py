"""`python -m worldmodels_envs.cater`: write a data set, print baselines, draw sheets, measure speed."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from worldmodels_envs.cater.config import VARIANTS, CaterConfig, resolve_config


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the commands; bad input ends with one line and status 2."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worldmodels_envs.cater", description=__doc__)
    commands = parser.add_subparsers(required=True)
    write = _command(commands, "write", _write, "write a data set in CATER's format; go on after a break")
    write.add_argument("folder", type=Path)
    baselines = _command(commands, "baselines", _baselines, "print chance, last seen cell and tracker")
    baselines.add_argument("--stride", type=int, default=10)
    sheet = _command(commands, "sheet", _sheet, "draw a contact sheet (PNG) or a video (GIF)")
    sheet.add_argument("file", type=Path)
    sheet.add_argument("--stride", type=int, default=60)
    commands.add_parser("bench", help="measure speed").set_defaults(run=_bench)
    return parser


def _command(commands: Any, name: str, run: Any, summary: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary)
    parser.add_argument("--videos", type=int, default=8)
    parser.add_argument("--variant", default="all_actions", help=", ".join(VARIANTS))
    parser.add_argument("--size", type=int, nargs="+", default=[64], help="height and width, or one number for both")
    parser.add_argument("--frames", type=int, default=301)
    parser.add_argument("--detail", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    parser.set_defaults(run=run)
    return parser


def _config(options: argparse.Namespace) -> CaterConfig:
    names = ("size", "frames", "detail")
    changes = {name: getattr(options, name) for name in names}
    if len(options.size) == 1:
        changes["size"] = options.size[0]
    return resolve_config(options.variant, **changes)


def _write(options: argparse.Namespace) -> None:
    from worldmodels_envs.cater.writer import write_cater

    began = time.perf_counter()

    def progress(done: int, total: int) -> None:
        left = (time.perf_counter() - began) / done * (total - done)
        print(f"\r{done}/{total} videos, {left:.0f} s left ", end="", file=sys.stderr, flush=True)

    write_cater(
        options.folder,
        options.videos,
        _config(options),
        options.seed,
        processes=options.processes,
        progress=progress,
    )
    print(file=sys.stderr)


def _baselines(options: argparse.Namespace) -> None:
    from worldmodels_envs.cater.baselines import chance, last_seen, track, track_pixels
    from worldmodels_envs.cater.evaluation import score_snitch
    from worldmodels_envs.cater.generation import episodes

    rng = np.random.default_rng(options.seed)
    names = {
        "chance": lambda _: chance(rng),
        "last seen": last_seen,
        "track": track,
        "track pixels": track_pixels,
    }
    guesses: dict[str, list[Any]] = {name: [] for name in names}
    facts = []
    made = episodes(
        _config(options),
        options.videos,
        options.seed,
        stride=options.stride,
        masks=True,
        processes=options.processes,
    )
    for episode in made:
        for name, guess in names.items():
            guesses[name].append(guess(episode))
        facts.append((int(episode["label"]), bool(episode["inside"][-1, 0] >= 0), episode["visibility"][-1]))
    labels, contained, visibility = (np.array(column) for column in zip(*facts, strict=True))
    print("| baseline | group | videos | top-1 | top-5 | L1 |\n|---|---|---|---|---|---|")
    for name, scores in guesses.items():
        for row in score_snitch(np.array(scores), labels, contained, visibility):
            shares = " | ".join(
                f"{100 * s.mean:.1f} ({100 * s.low:.1f} to {100 * s.high:.1f})" for s in (row.top1, row.top5)
            )
            print(f"| {name} | {row.group} | {row.videos} | {shares} | {row.l1.mean:.2f} |")


def _sheet(options: argparse.Namespace) -> None:
    from worldmodels_envs.cater.generation import episodes
    from worldmodels_envs.cater.video_file import write_gif, write_picture

    made = episodes(_config(options), options.videos, options.seed, stride=options.stride, processes=options.processes)
    rows = np.stack([episode["frames"] for episode in made])
    if options.file.suffix == ".gif":
        write_gif(options.file, np.concatenate(list(rows), axis=2))
    else:
        write_picture(options.file, np.concatenate([np.concatenate(list(row), axis=1) for row in rows]))


def _bench(options: argparse.Namespace) -> None:
    from worldmodels_envs.cater.benchmark import run

    for row in run():
        ratio = "" if row["ratio"] is None else f", {row['ratio']:.2f} of {row['baseline']:.1f}"
        verdict = "met" if row["met"] else "missed"
        print(f"{row['case']}: {row['value']:.1f} {row['unit']}{ratio} ({row['target']}: {verdict})")


if __name__ == "__main__":
    sys.exit(main())
