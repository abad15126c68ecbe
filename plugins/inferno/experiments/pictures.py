"""The pictures of the docs: `python plugins/inferno/experiments/pictures.py CHECKPOINT OUT`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor

import worldmodels
from worldmodels.edits import Remove, TurnCamera
from worldmodels.rollout import Belief
from worldmodels_envs.cater.stills import edited_stills, stills
from worldmodels_inferno.model import INFERNO, with_slots
from worldmodels_inferno.scenes import as_frame, findings
from worldmodels_inferno.scenes_report import picture_rows
from worldmodels_inferno.sheet import contact_sheet

SCENES, SEED = 5, 2_000_000
TURNS = (-40.0, -20.0, 0.0, 20.0, 40.0)


def main(checkpoint: str, out: str) -> None:
    """Write the pictures of a model of stills."""
    model = worldmodels.load(checkpoint).eval()
    assert isinstance(model, INFERNO)
    frames = torch.stack([as_frame(still["frame"]) for still in stills("clevr4", SCENES, SEED, objects=4)])
    belief = model.observe(frames.unsqueeze(1))
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    sheets = {"decomposition": apart(model, frames, belief), "views": turned(model, frames, belief)}
    sheets["edits"] = picture_rows(findings(model, list(edited_stills("clevr4", SCENES, SEED)), SCENES))
    sheets["counts"] = [counted(model, number) for number in (1, 6)]
    for name, rows in sheets.items():
        (folder / f"{name}.png").write_bytes(contact_sheet(rows))


def apart(model: INFERNO, frames: Tensor, belief: Belief) -> list[list[Tensor]]:
    """Frame, reconstruction, which slot shows what, the background, then each object alone on it."""
    count = model.config.slots
    columns = [frames, model.render(belief), painted(model.masks(belief))]
    columns.append(model.render(model.edit(belief, [Remove(slot) for slot in range(count)])))
    for kept in range(count):
        columns.append(model.render(model.edit(belief, [Remove(slot) for slot in range(count) if slot != kept])))
    return [list(row) for row in zip(*columns, strict=True)]


def painted(masks: Tensor) -> Tensor:
    """Masks (batch, slot, height, width) in colours, the background's, which is the last, in grey."""
    colours = torch.tensor([(0.9, 0.2, 0.2), (0.2, 0.7, 0.2), (0.2, 0.4, 0.9), (0.9, 0.8, 0.1), (0.7, 0.2, 0.8)])
    many = masks.shape[1] - 1
    palette = torch.cat([colours.repeat(many // 5 + 1, 1)[:many], torch.full((1, 3), 0.85)])
    return torch.einsum("bkhw,kc->bchw", masks, palette)


def turned(model: INFERNO, frames: Tensor, belief: Belief) -> list[list[Tensor]]:
    """The frame, then the scene from ever further around."""
    columns = [frames, *(model.render(model.edit(belief, [TurnCamera(degrees)])) for degrees in TURNS)]
    return [list(row) for row in zip(*columns, strict=True)]


def counted(model: INFERNO, objects: int) -> list[Tensor]:
    """Scenes of so many objects and their reconstructions; six take as many slots."""
    frames = torch.stack([as_frame(still["frame"]) for still in stills("clevr6", 3, SEED, objects=objects)])
    more = with_slots(model, objects)
    found = more.render(more.observe(frames.unsqueeze(1)))
    return [picture for pair in zip(frames, found, strict=True) for picture in pair]


if __name__ == "__main__":
    main(*sys.argv[1:])
