"""`worldmodels evaluate filtering`: whether a model still sees what it is shown, long after its training clips end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from worldmodels.cli.videos import batches, beginnings, own_episodes
from worldmodels.config import Settings
from worldmodels.evaluation.evaluation import Evaluation, Result, checkpoint_paths
from worldmodels.evaluation.intervals import Estimate, mean_interval
from worldmodels.limits import Count, Device, Filled, Frames, Seed, Several

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from worldmodels.data import ClipSampler
    from worldmodels.evaluation.report.sections import Cell
    from worldmodels.model import WorldModel

FAR = 3.0
"""Decibels by which a frame far on may be painted worse than an early one before the report says so."""


@dataclass(frozen=True)
class FilteringOptions(Settings):
    """PSNR of frames as they are painted from the belief after seeing them, frame by frame over whole episodes.

    Attributes:
        checkpoints: One or more trained models.
        data: Recorded episodes, of which the beginning of each is used; by default fresh ones of the first
            checkpoint's own world.
        out: The report's folder.
        at: The frames whose figures are told, from 1 on; episodes have to be as long as the last.
        videos: The most episodes to use.
        batch_size: Episodes at a time.
        seed: Of the fresh episodes.
        device: Where the models are.
    """

    checkpoints: Several
    data: str | None = None
    out: str = "runs/filtering"
    at: Annotated[tuple[Frames, ...], Filled()] = (10, 100)
    videos: Count = 32
    batch_size: Count = 8
    seed: Seed = 0
    device: Device = "cpu"


def evaluate(options: FilteringOptions) -> Result:
    """Every checkpoint on the same episodes; figures are `psnr_at_10`, ..., and the loss from the first to the last."""
    import worldmodels
    from worldmodels.checkpoints import find, read_config
    from worldmodels.evaluation.report import Column, Curve, Report, Table, curves_figure

    paths = checkpoint_paths(options.checkpoints)
    data = options.data or own_episodes(paths[0], options.out, options.videos, options.seed)
    sampler = beginnings(data, max(options.at), options.videos)
    curves: list[Curve] = []
    rows: list[list[Cell]] = []
    found: dict[str, dict[str, Estimate]] = {}
    for path in paths:
        scores = posterior_psnr(worldmodels.load(path, device=options.device), sampler, options.batch_size)
        found[path] = {f"psnr_at_{frame}": mean_interval(scores[:, frame - 1]) for frame in options.at}
        loss = mean_interval(scores[:, options.at[0] - 1] - scores[:, options.at[-1] - 1])
        found[path]["loss"] = loss
        length = (read_config(find(path)).get("provenance") or {}).get("training", {}).get("length")
        warning = "worse far on: train with longer clips, or burn_in where the model has it" if loss.mean > FAR else ""
        rows.append([path, length, *(found[path][f"psnr_at_{frame}"] for frame in options.at), loss, warning])
        curves.append(Curve(path, range(1, scores.shape[1] + 1), [mean_interval(column) for column in scores.T]))
    columns = [
        Column("model"),
        Column("trained on frames"),
        *(Column(f"PSNR at {frame} (dB)", True) for frame in options.at),
    ]
    columns += [Column("loss (dB)", False), Column("")]
    report = Report("Filtering", {"data": data, "episodes": len(sampler.episodes)})
    report.add(
        Table("Frames painted from the belief after seeing them", columns, rows, note="95% intervals over episodes.")
    )
    report.add(curves_figure("PSNR over the episode", curves, xlabel="frame", ylabel="PSNR (dB)"))
    return Result(found, report)


def posterior_psnr(model: WorldModel, sampler: ClipSampler, size: int) -> NDArray[np.float32]:
    """PSNR (episode, frame) of the frames that the beliefs after seeing them are painted as."""
    import torch

    from worldmodels.evaluation.metrics import psnr

    scores = []
    for batch in batches(sampler, model, size):
        beliefs = model.observe(batch.frames, batch.actions, every=True, temperature=0.0)
        scores.append(psnr(model.render(beliefs), batch.frames))
    return torch.cat(scores).cpu().numpy()


EVALUATION = Evaluation("filtering", FilteringOptions, evaluate)
