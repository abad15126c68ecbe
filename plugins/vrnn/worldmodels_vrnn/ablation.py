"""The paper's ablations at a size for a CPU, on moving digits (Tables 4.1 and 4.2 of the thesis).

    python -m worldmodels_vrnn.ablation ROW --seed 0 --steps 1500 --out FOLDER

trains one row and writes `result.json` and the plot of its channels' KL; needs worldmodels-envs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch

from worldmodels.batch import Batch
from worldmodels.data.episode import Episode
from worldmodels.data.frames import to_float
from worldmodels.data.writer import EpisodeWriter
from worldmodels.evaluation.likelihood import LikelihoodResult, evaluate_likelihood, likelihood_report
from worldmodels.model import WorldModel
from worldmodels.registry import build
from worldmodels.spec import WorldSpec
from worldmodels.training import OptimizerConfig, TrainConfig, TrainerConfig, train
from worldmodels_vrnn.gaussian import Pixels
from worldmodels_vrnn.model import VRNN

SIZE, LENGTH, TRAIN_VIDEOS, TEST_VIDEOS = 16, 12, 2000, 180
_DECODERS = {"latents": (1,), "beta_warmup": 0.2}
_LEVELS = {"latents": (1, 4, 8), "recurrent": ()}

ROWS: Mapping[str, Mapping[str, Any]] = {
    "1-convlstm": {**_DECODERS, "recurrent": (1,)},
    "2-convlstm": {**_DECODERS, "recurrent": (1, 4)},
    "4-convlstm": {**_DECODERS, "recurrent": ()},
    "naive": {**_LEVELS, "dense": False, "beta_warmup": 0.0},
    "warm-up": {**_LEVELS, "dense": False, "beta_warmup": 0.2},
    "dense": {**_LEVELS, "beta_warmup": 0.0},
    "dense-warm-up": {**_LEVELS, "beta_warmup": 0.2},
}


def ablate(
    row: str, out: str | Path, *, seed: int = 0, steps: int = 1500, width: int = 8, pixels: Pixels = "l1"
) -> dict[str, Any]:
    """Train one row and evaluate its bound on training and on test videos.

    Args:
        row: One of `ROWS`.
        out: The run's folder.
        seed: Of weights, clips and draws.
        steps: Steps of the optimiser, of 8 clips each.
        width: Channels at the full resolution.
        pixels: The loss of a pixel.

    Returns:
        Figures in JSON types, which `out/result.json` holds too.
    """
    folder = Path(out)
    torch.manual_seed(seed)
    settings = {"width": width, "pixels": pixels, "short_starts": 0.0, **ROWS[row]}
    model = build(VRNN, WorldSpec((1, SIZE, SIZE)), None, settings)
    store = folder / "videos"
    frames = {split: _videos(split) for split in ("train", "test")}
    if not store.exists():
        _write(store, frames["train"])
    train(model, store, folder / "run", _training(seed, steps), progress=False)
    results = {split: evaluate_likelihood(model.eval(), _batches(part[:TEST_VIDEOS])) for split, part in frames.items()}
    likelihood_report(results, title=row).write(folder)
    figures = {"row": row, "seed": seed, "steps": steps, "width": width, "pixels": pixels}
    figures["parameters"] = _size(model)
    figures |= {split: _figures(result) for split, result in results.items()}
    (folder / "result.json").write_text(json.dumps(figures, indent=2) + "\n")
    return figures


def _training(seed: int, steps: int) -> TrainConfig:
    """As the paper: Adam with betas (0.5, 0.9), weight decay 1e-4, the rate rising at first."""
    optimizer = OptimizerConfig(
        lr=2e-3, betas=(0.5, 0.9), weight_decay=1e-4, schedule=((0.0, 0.1), (0.05, 1.0)), clip=1000.0
    )
    return TrainConfig(
        steps=steps,
        batch_size=8,
        length=LENGTH,
        seed=seed,
        optimizer=optimizer,
        trainer=TrainerConfig(accelerator="cpu", threads=1),
        held_out=0.0,
        save_every=steps,
    )


def _videos(split: str) -> np.ndarray[Any, Any]:
    from worldmodels_envs.moving_digits import MovingDigitsConfig, evaluation_set, generate

    config = MovingDigitsConfig(size=SIZE)
    if split == "test":
        return evaluation_set(config, LENGTH)["frames"]
    return generate(config, TRAIN_VIDEOS, LENGTH)["frames"]


def _write(path: Path, videos: np.ndarray[Any, Any]) -> None:
    with EpisodeWriter(path, sync=False) as writer:
        for video in videos:
            writer.add(Episode(video))


def _batches(videos: np.ndarray[Any, Any], size: int = 60) -> Iterator[Batch]:
    for start in range(0, len(videos), size):
        yield Batch(to_float(videos[start : start + size]))


def _figures(result: LikelihoodResult) -> dict[str, Any]:
    return {
        "objective": float(result.objective.mean()),
        "loss": float(result.loss.mean()),
        "kl": {level: float(values.mean()) for level, values in result.kl.items()},
        "active": {level: result.active(level) for level in result.channels} | {"all": result.active()},
        "channels": {level: len(kl) for level, kl in result.channels.items()},
    }


def _size(model: WorldModel) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def main() -> None:
    """Run one row from the command line."""
    parser = argparse.ArgumentParser(prog="python -m worldmodels_vrnn.ablation")
    parser.add_argument("row", choices=ROWS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--width", type=int, default=8)
    parser.add_argument("--pixels", choices=get_args(Pixels), default="l1")
    parser.add_argument("--out", type=Path, required=True)
    print(json.dumps(ablate(**vars(parser.parse_args()))))


if __name__ == "__main__":
    main()
