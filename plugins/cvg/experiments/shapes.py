"""What a CVG has learned of moving shapes: distances over time, spectra, how it keeps to the level below, diversity.

python plugins/cvg/experiments/shapes.py NAME=CHECKPOINT ... [picture=PREFIX] [horizon=24] [videos=400] [passes=200]
    [networks=FOLDER, where the networks that tell labels are kept]
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

import worldmodels
from worldmodels.data.frames import to_float, to_numpy
from worldmodels.evaluation.spectra import spectral_gap
from worldmodels.evaluation.video_features import VideoFeatures, learn_labels
from worldmodels_cvg.critic import shrink
from worldmodels_cvg.model import CVG
from worldmodels_envs import moving_shapes
from worldmodels_envs.moving_shapes.dynamics import MOVES
from worldmodels_envs.png import write_png

SIZE, TRAIN_SEED, TEST_SEED = 32, 0, 1_000_000


@dataclass(frozen=True)
class Videos:
    """Videos (N, T, C, H, W) in [0, 1], and by name the classes (N, T) that the generator gave them."""

    frames: Tensor
    labels: dict[str, Tensor]


def videos(count: int, length: int, seed: int) -> Videos:
    """Made by the generator; the direction of the first frame is not known."""
    made = moving_shapes.generate(size=SIZE, videos=count, length=length, seed=seed)
    frames = to_float(made["frames"])
    labels = {}
    for name in ("shape", "colour", "direction"):
        classes = torch.as_tensor(np.asarray(made[name])).long()
        labels[name] = classes if classes.ndim == 2 else classes.unsqueeze(1).expand(-1, length)
    return Videos(frames, labels)


def networks(levels: list[int], folder: Path | None, count: int = 1000, steps: int = 600) -> dict[int, VideoFeatures]:
    """For each size of frames a network that tells shape, colour and direction; what it tells is printed."""
    data = videos(count, 20, TRAIN_SEED)
    found = {}
    for side in levels:
        kept = None if folder is None else folder / f"labels{side}.safetensors"
        if kept is not None and kept.is_file():
            found[side] = VideoFeatures(3, 32)
            found[side].load_state_dict(load_file(kept))
            continue
        small = shrink(data.frames, SIZE // side)
        found[side], told = learn_labels(small, data.labels, steps=steps, width=32)
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            save_file(found[side].state_dict(), kept)
        print(json.dumps({"labels": side, **{name: round(share, 3) for name, share in told.items()}}), flush=True)
    return found


@torch.no_grad()
def imagine(model: CVG, seen: Tensor, horizon: int, levels: range, seed: int = 0) -> list[Tensor]:
    """The same futures at several levels, in batches."""
    parts: list[list[Tensor]] = []
    generator = torch.Generator().manual_seed(seed)
    for batch in seen.split(50):
        rollout = model.imagine(model.observe(batch, generator=generator), horizon=horizon, generator=generator)
        parts.append([model.render(rollout, level=level) for level in levels])
    return [torch.cat(frames) for frames in zip(*parts, strict=True)]


def over_time(
    model: CVG, test: Videos, horizon: int, nets: dict[int, VideoFeatures], trained: int
) -> tuple[dict[str, Any], list[Tensor]]:
    """Distances at the trained length and at the end, spectra, and how far each level is from the one below."""
    found: dict[str, Any] = {}
    real = test.frames[:, : 2 + horizon]
    levels = range(len(model.levels))
    made = imagine(model, real[:, :2], horizon, levels)
    for level, frames in enumerate(made):
        side = model.levels[level].size[0]
        small = shrink(real, SIZE // side)
        whole = torch.cat([small[:, 1:2], frames], 1)
        for name, network in (("labels", nets[side]), ("random", VideoFeatures(3, 32))):
            each = network.distances(whole, small[:, 1:])
            half = len(real) // 2
            floor = network.distances(small[:half, 1:], small[half:, 1:])
            noise = network.distances(torch.rand_like(small[:half, 1:3]), small[half:, 1:3])[0]
            row = {"trained": np.mean(each[:trained]), "end": np.mean(each[-trained:]), "floor": np.mean(floor)}
            found[f"{name}{side}"] = {key: round(float(value), 3) for key, value in {**row, "noise": noise}.items()}
        times = [t for t in (1, 10, 24, 48) if t <= horizon]
        gaps = {t: round(spectral_gap(frames[:, t - 1], small[:, t + 1]), 3) for t in times}
        blurred = torch.nn.functional.avg_pool2d(small[:, 2], 3, 1, 1)
        found[f"spectra{side}"] = {**gaps, "of a 3x3 blur": round(spectral_gap(blurred, small[:, 2]), 3)}
        if level:
            below, factor = made[level - 1], side // model.levels[level - 1].size[0]
            apart = shrink(frames, factor)
            error = [float((apart[:, part] - below[:, part]).square().mean()) for part in (slice(trained), slice(None))]
            shuffled = float((apart - below.roll(1, 0)).square().mean())
            found[f"apart{side}"] = {"trained": error[0], "all": error[1], "of another video": shuffled}
    return found, made


@torch.no_grad()
def diversity(model: CVG, contexts: Tensor, samples: int = 64, after: int = 3) -> dict[str, Any]:
    """Variance of a frame given a first frame (N, C, H, W), beside the data's; and which directions were taken."""
    belief = model.observe(contexts.unsqueeze(1))
    rows = torch.arange(len(contexts)).repeat_interleave(samples)
    generator = torch.Generator().manual_seed(0)
    rollout = model.imagine(belief[rows], horizon=after, generator=generator)
    side = model.levels[0].size[0]
    step = moving_shapes.MovingShapesConfig(size=SIZE).step
    ways = [torch.roll(contexts, (after * step * int(y), after * step * int(x)), (-2, -1)) for x, y in MOVES]
    true = shrink(torch.stack(ways, 1), SIZE // side)  # (N, direction, C, H, W): a flat background shifts exactly
    made = model.render(rollout, level=0)[:, -1].unflatten(0, (len(contexts), samples))
    share = made.var(1, correction=0).mean() / true.var(1, correction=0).mean()
    errors = (made.unsqueeze(2) - true.unsqueeze(1)).square().mean((3, 4, 5))
    still = (made - shrink(contexts.unsqueeze(1), SIZE // side)).square().mean((2, 3, 4))
    nearest, chosen = errors.min(2)
    # As near to a true outcome as half the way to where it began.
    hit = nearest < torch.minimum(still, true.var(1, correction=0).mean((1, 2, 3))[:, None])
    counts = torch.bincount(chosen[hit], minlength=8)
    each = [len(set(chosen[row][hit[row]].tolist())) for row in range(len(contexts))]
    return {
        "variance beside the data's": round(float(share), 3),
        "samples near a true outcome": round(float(hit.float().mean()), 3),
        "by direction": counts.tolist(),
        "directions of one first frame": round(float(np.mean(each)), 2),
    }


def picture(real: Tensor, made: list[Tensor], path: str, rows: int = 6) -> None:
    """Real videos, and under each what every level makes of its first two frames."""
    strips = []
    for row in range(rows):
        for frames in (real[row, 2:], *(level[row] for level in made)):
            scale = 64 // frames.shape[-1]
            grid = np.kron(to_numpy(frames), np.ones((1, scale, scale, 1), dtype=np.uint8))
            strips.append(np.concatenate(list(np.pad(grid, ((0, 0), (1, 1), (1, 1), (0, 0)))), 1))
    write_png(path, np.concatenate(strips, 0))


def main() -> None:
    """Print the figures of each checkpoint, a line of JSON each."""
    words = dict(word.split("=", 1) for word in sys.argv[1:])
    settings = {
        key: int(words.pop(key, default)) for key, default in (("horizon", 24), ("videos", 400), ("passes", 200))
    }
    prefix, folder = words.pop("picture", None), words.pop("networks", None)
    torch.manual_seed(0)
    test = videos(settings["videos"], settings["horizon"] + 2, TEST_SEED)
    models = {name: worldmodels.load(path) for name, path in words.items()}
    sides = {level.size[0] for model in models.values() for level in getattr(model, "levels", ())}
    nets = networks(sorted(sides), None if folder is None else Path(folder))
    contexts = videos(settings["passes"] * 16, 2, TEST_SEED + 1).frames
    for name, model in models.items():
        assert isinstance(model, CVG)
        print(json.dumps({"model": name, "diversity": diversity(model, test.frames[:50, 0])}), flush=True)
        if settings["passes"]:
            model.unroll(((batch, None) for batch in contexts.split(16)), settings["horizon"])
        found, made = over_time(model, test, settings["horizon"], nets, trained=5)
        print(json.dumps({"model": name, **found}), flush=True)
        if prefix:
            picture(test.frames, made, f"{prefix}{name}.png")


if __name__ == "__main__":
    main()
