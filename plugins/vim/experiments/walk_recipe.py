"""The figures of the paper's Random Walk, at a size for a CPU.

    python -m experiments.walk_recipe ROW --seed 0 --out FOLDER

trains one row, evaluates it and leaves `result.json`, a report and a checkpoint; needs worldmodels-envs. With
`--begin CHECKPOINT`, encoder, slot attention and decoder are that checkpoint's, and transitions alone are learned.
"""

from __future__ import annotations

import argparse
import colorsys
import json
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import torch

from worldmodels.checkpoints import save
from worldmodels.data.episode import Episode
from worldmodels.data.writer import EpisodeWriter
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.training import OptimizerConfig, TrainConfig, TrainerConfig, train
from worldmodels_vim.checkpoints import load_vim
from worldmodels_vim.evaluate import RulesOptions, make_truth
from worldmodels_vim.model import VIM
from worldmodels_vim.rules import Findings, findings
from worldmodels_vim.rules_report import SHORT, rules_report
from worldmodels_vim.scoff import SCOFF

SIZE, LENGTH, VIDEOS, TEST_VIDEOS, HUES = 32, 20, 2000, 200, 24
STEPS = 6000
OPTIMIZER = OptimizerConfig(lr=2e-3, schedule=((0.0, 0.1), (0.03, 1.0), (0.6, 0.7), (1.0, 0.05)), clip=1.0)


TWO_MOVES: Mapping[str, Any] = {"inner": 2, "closed": 0.75, "lengths": (3, 4)}
"""Rules of which two make a move are found later, and updates must not be let in before."""
TRANSITIONS_ALONE = {"stills": 0.0, "autoencoder_rate": 0.0}


class Row(NamedTuple):
    """One model to train.

    Attributes:
        model: Its class.
        settings: Over its defaults.
        variant: Of Random Walk, to train on; balls have any of 24 hues.
    """

    model: type[VIM] = VIM
    settings: Mapping[str, Any] = MappingProxyType({})
    variant: str = "atomic"


ROWS: Mapping[str, Row] = {
    "vim": Row(),
    "scoff": Row(SCOFF, {"moves": "slot"}),
    "rim": Row(SCOFF, {"modules": 1, "moves": "slot"}),
    "vim-1": Row(settings={"modules": 1}),
    "vim-2": Row(settings={"modules": 2}),
    "vim-4": Row(settings={"modules": 4}),
    "vim-7": Row(settings={"modules": 7}),
    "compositional": Row(settings=TWO_MOVES, variant="compositional"),
    "compositional-4": Row(settings={**TWO_MOVES, "modules": 4}, variant="compositional"),
}


def hues(count: int) -> list[list[int]]:
    """Saturated colours evenly around the wheel, from red on."""
    return [[round(255 * part) for part in colorsys.hsv_to_rgb(i / count, 1, 1)] for i in range(count)]


def run(
    row: str,
    out: str | Path,
    *,
    seed: int = 0,
    steps: int = STEPS,
    batch_size: int = 8,
    begin: str | Path | None = None,
) -> dict[str, Any]:
    """Train one row, and evaluate it on the paper's three balls and on balls of any hue.

    Args:
        row: One of `ROWS`.
        out: The run's folder.
        seed: Of videos, weights, clips and draws.
        steps: Of the optimiser.
        batch_size: Clips of a step.
        begin: A checkpoint whose encoder, slot attention and decoder are taken as they are; transitions alone are
            learned then.

    Returns:
        Figures in JSON types, which `out/result.json` holds too.
    """
    folder, chosen = Path(out), ROWS[row]
    store = folder / "videos"
    if not store.exists():
        _write(store, chosen.variant, seed)
    torch.manual_seed(seed)
    model = _make(chosen, begin)
    began = time.process_time()
    train(model, store, folder / "run", _training(seed, steps, batch_size), progress=False)
    seconds = time.process_time() - began
    results = evaluate(model.eval(), TEST_VIDEOS)
    rules_report(results, {"row": row, "seed": seed, "steps": steps}).write(folder)
    figures = {"row": row, "seed": seed, "steps": steps, "batch_size": batch_size, "cpu_seconds": round(seconds)}
    figures |= {"begin": str(begin or ""), "parameters": sum(p.numel() for p in model.parameters())}
    figures |= {name: describe(result) for name, result in results.items()}
    save(model, folder / "checkpoint", provenance={**figures, "command": f"python -m experiments.walk_recipe {row}"})
    (folder / "result.json").write_text(json.dumps(figures, indent=2) + "\n")
    return figures


def _make(row: Row, begin: str | Path | None) -> VIM:
    spec = WorldSpec((3, SIZE, SIZE))
    if begin is None:
        return build(row.model, spec, None, row.settings)
    model, other = build(row.model, spec, None, {**row.settings, **TRANSITIONS_ALONE}), load_vim(begin)
    for name in ("encoder", "attention", "decoder"):
        model.get_submodule(name).load_state_dict(other.get_submodule(name).state_dict())
    return model


def evaluate(model: VIM, videos: int) -> dict[str, Findings]:
    """Findings on atomic moves: of the paper's red, green and blue balls, and of balls of any hue."""
    inner, model.inner = model.inner, 1
    any_hue = {"colours": hues(HUES), "shuffle": True}
    sets = {"primaries": None, "hues": any_hue}
    options = {name: RulesOptions("", videos=videos, options=changes) for name, changes in sets.items()}
    found = {name: findings(model, make_truth(option)) for name, option in options.items()}
    model.inner = inner
    return found


def describe(result: Findings) -> dict[str, Any]:
    """The main figures in JSON types."""
    followed, table = result.followed, result.table
    figures: dict[str, Any] = {
        "foreground_ari": float(followed.agreement.mean()),
        f"mse_{SHORT}": float(result.error(SHORT).mean()),
        f"mse_{LENGTH}": float(result.error(LENGTH).mean()),
        "ball_error_px": float(followed.distances.mean()),
        "module_kl": float(followed.module_kl.mean()),
        "update_kl": float(followed.update_kl.mean()),
        "by_gap": [figures._asdict() for figures in result.by_gap()],
    }
    if table is not None:
        figures |= {"purity": table.purity, "unmatched": table.unmatched, "by_rule": table.by_rule}
        figures |= {"by_ball": result.by_ball, "by_position": result.by_position, "counts": table.counts.tolist()}
    return figures


def _training(seed: int, steps: int, batch_size: int) -> TrainConfig:
    return TrainConfig(
        steps=steps,
        batch_size=batch_size,
        seed=seed,
        optimizer=OPTIMIZER,
        trainer=TrainerConfig(accelerator="cpu", threads=1),
        held_out=0.0,
        save_every=max(1, steps // 4),
        keep=1,
    )


def _write(path: Path, variant: str, seed: int) -> None:
    from worldmodels_envs.random_walk import batches, resolve_config

    config = resolve_config(variant, colours=tuple(map(tuple, hues(HUES))), shuffle=True)
    with EpisodeWriter(path, sync=False) as writer:
        for batch in batches(config, VIDEOS, LENGTH, seed, masks=False):
            for frames in batch["frames"]:
                writer.add(Episode(frames))


def main() -> None:
    """Run one row from the command line."""
    parser = argparse.ArgumentParser(prog="python -m experiments.walk_recipe")
    parser.add_argument("row", choices=ROWS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--begin", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = vars(parser.parse_args())
    figures = run(given.pop("row"), given.pop("out"), **given)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
