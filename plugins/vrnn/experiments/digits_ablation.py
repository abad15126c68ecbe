"""The paper's ablations at a size for a CPU, on moving digits (Tables 4.1 and 4.2 of the thesis).

    python -m experiments.digits_ablation ROW --seed 0 --steps 800 --out FOLDER

trains one row and writes `result.json`, and in `report.html` its channels' KL and what it paints. Needs
worldmodels-envs.

One digit, 7 px large, in frames of 16x16, moves by up to 2 px a frame, so that it meets a wall every few frames. All
rows have the strided encoder: the residual one ends in a maximum over all places, and at this width the map at 1x1
then hardly says where the digit is.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch

from experiments.strips import strips
from worldmodels.batch import Batch
from worldmodels.data import EpisodeStore
from worldmodels.data.episode import Episode
from worldmodels.data.frames import to_float
from worldmodels.data.writer import EpisodeWriter
from worldmodels.errors import InputError, UnknownNameError, WorldModelsError
from worldmodels.evaluation.likelihood import LikelihoodResult, evaluate_likelihood
from worldmodels.evaluation.likelihood_report import likelihood_report
from worldmodels.model import WorldModel
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.training import OptimizerConfig, TrainConfig, TrainerConfig, train
from worldmodels_vrnn.model import VRNN
from worldmodels_vrnn.pixels import Pixels

WORLD: Mapping[str, Any] = {"size": 16, "digits": 1, "digit_size": 10, "unit": 1.0, "speed": 2}
LENGTH, TRAIN_VIDEOS, TEST_VIDEOS, PAINTED = 12, 4000, 360, 3
_DECODERS = {"latents": (1,), "beta_warmup": 0.5}
_LEVELS = {"latents": (1, 4, 8), "recurrent": ()}

ROWS: Mapping[str, Mapping[str, Any]] = {
    "1-convlstm": {**_DECODERS, "recurrent": (1,)},
    "2-convlstm": {**_DECODERS, "recurrent": (1, 4)},
    "4-convlstm": {**_DECODERS, "recurrent": ()},
    "naive": {**_LEVELS, "dense": False, "beta_warmup": 0.0},
    "warm-up": {**_LEVELS, "dense": False, "beta_warmup": 0.5},
    "dense": {**_LEVELS, "beta_warmup": 0.0},
    "dense-warm-up": {**_LEVELS, "beta_warmup": 0.5},
}


def ablate(
    row: str, out: str | Path, *, seed: int = 0, steps: int = 800, width: int = 8, pixels: Pixels = "bce"
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

    Raises:
        UnknownNameError: for a row that there is not.
        InputError: for a seed below 0, steps or a width below 1, or a folder of another run.
    """
    _check(row, seed, steps, width)
    folder = Path(out)
    torch.manual_seed(seed)
    settings = {"width": width, "pixels": pixels, "encoder": "strided", "least_group": 4, "short_starts": 0.0}
    model = build(VRNN, WorldSpec((1, WORLD["size"], WORLD["size"])), None, {**settings, **ROWS[row]})
    store = folder / "videos"
    frames = {split: _videos(split) for split in ("train", "test")}
    _keep(store, frames["train"])
    begin = time.process_time()
    train(model, store, folder / "run", _training(seed, steps), progress=False)
    seconds = time.process_time() - begin
    results = {split: evaluate_likelihood(model.eval(), _batches(part[:TEST_VIDEOS])) for split, part in frames.items()}
    report = likelihood_report(results, title=row)
    report.add(strips(model, to_float(frames["test"][:PAINTED]))).write(folder)
    figures = {"row": row, "seed": seed, "steps": steps, "width": width, "pixels": pixels}
    figures |= {"parameters": _size(model), "cpu_seconds": round(seconds)}
    figures |= {split: _figures(result) for split, result in results.items()}
    (folder / "result.json").write_text(json.dumps(figures, indent=2) + "\n")
    return figures


def _check(row: str, seed: int, steps: int, width: int) -> None:
    if row not in ROWS:
        raise UnknownNameError("row", row, ROWS)
    for name, value, least in (("seed", seed, 0), ("steps", steps, 1), ("width", width, 1)):
        if value < least:
            raise InputError(f"{name}={value} given; it is at least {least}.")


def _training(seed: int, steps: int) -> TrainConfig:
    """As the paper: Adam, betas (0.5, 0.9), weight decay 1e-4, the rate rising at first; here it falls at the end."""
    schedule = ((0.0, 0.1), (0.05, 1.0), (0.6, 1.0), (1.0, 0.1))
    optimizer = OptimizerConfig(lr=2e-3, betas=(0.5, 0.9), weight_decay=1e-4, schedule=schedule, clip=1000.0)
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

    config = MovingDigitsConfig(**WORLD)
    if split == "test":
        return evaluation_set(config, LENGTH)["frames"]
    return generate(config, TRAIN_VIDEOS, LENGTH)["frames"]


def _keep(path: Path, videos: np.ndarray[Any, Any]) -> None:
    """Leave the videos as a store, which a resumed training finds again."""
    if not path.exists():
        with EpisodeWriter(path, sync=False) as writer:
            for video in videos:
                writer.add(Episode(video))
    elif not np.array_equal([episode.frames for episode in EpisodeStore(path)], videos):
        raise InputError(f"{path} holds other videos, or not all of them; choose another folder.")


def _batches(videos: np.ndarray[Any, Any], size: int = 60) -> Iterator[Batch]:
    for start in range(0, len(videos), size):
        yield Batch(to_float(videos[start : start + size]))


def _figures(result: LikelihoodResult) -> dict[str, Any]:
    parts = result.evidence
    assert parts is not None
    return {
        "objective": float(parts.objective.mean()),
        "loss": float(parts.loss.mean()),
        "kl": {level: float(values.mean()) for level, values in parts.kl.items()},
        "active": {level: parts.active(level) for level in parts.channels} | {"all": parts.active()},
        "channels": {level: kl.tolist() for level, kl in parts.channels.items()},
    }


def _size(model: WorldModel) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def main() -> None:
    """Run one row from the command line."""
    parser = argparse.ArgumentParser(prog="python -m experiments.digits_ablation")
    parser.add_argument("row", help=", ".join(ROWS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--width", type=int, default=8)
    parser.add_argument("--pixels", choices=get_args(Pixels), default="bce")
    parser.add_argument("--out", type=Path, required=True)
    try:
        print(json.dumps(ablate(**vars(parser.parse_args()))))
    except WorldModelsError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
