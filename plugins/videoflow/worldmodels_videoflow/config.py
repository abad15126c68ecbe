"""VideoFlow's settings, and those of its paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from worldmodels.config import Settings
from worldmodels.limits import Filled, Frames, Layers, Limit, Width
from worldmodels_videoflow.cells import Kind


@dataclass(frozen=True)
class VideoFlowConfig(Settings):
    """Sizes; the defaults train on a CPU at 32 x 32 and 64 x 64.

    Attributes:
        levels: Levels of the flow; frames are multiples of 2 to their power.
        steps: Steps of flow in each level.
        coupling: "affine" (better likelihood) or "additive" (keeps volumes; the paper's samples and temperature).
        width: Channels inside a coupling.
        coupling_gates: Whether couplings have gated units.
        lookback: How many frames the prior looks back at; 0 is the same flow without a temporal prior.
        blocks: Residual blocks in each level's prior.
        prior_width: Channels inside them.
        dilations: Of their parallel branches.
        skip: Whether the prior's mean begins at the frame before.
        gates: Whether the prior has gated units.
        futures: Between how many Gaussians the top level's prior chooses for a frame as a whole. The paper has one;
            more find separate futures in less training.
        context: Frames of a training clip that are shown and not scored.
        grey_levels: Grey levels that frames are taken to have, 2 to 256; 32 are the usual five bits.
        cells: "uniform" dequantises as the paper does; "gaussian" warps each grey level's cell, so that flat
            backgrounds cost next to nothing; "fitted" also gives frequent levels wide cells (see `Cells`).
        cell_deviations: How many standard deviations of the noise span a warped cell (see `Cells`).
        feature_levels: How many of the top levels' latents `features` gives.
        recompute: Whether training computes inputs again by inversion, so that memory does not grow with the steps.
    """

    levels: Annotated[int, Limit(1, 12)] = 3
    steps: Annotated[int, Limit(1, 256)] = 4
    coupling: Literal["affine", "additive"] = "affine"
    width: Width = 64
    coupling_gates: bool = False
    lookback: Annotated[int, Limit(0, 10_000)] = 2
    blocks: Layers = 2
    prior_width: Width = 48
    dilations: Annotated[tuple[Annotated[int, Limit(1, 1024)], ...], Filled()] = (1, 2)
    skip: bool = True
    gates: bool = True
    futures: Width = 1
    context: Frames = 1
    grey_levels: Annotated[int, Limit(2, 256)] = 256
    cells: Kind = "fitted"
    cell_deviations: Annotated[float, Limit(4, 1000)] = 20.0
    feature_levels: Layers = 2
    recompute: bool = False


_PAPER: dict[str, Any] = {
    "levels": 3,
    "steps": 24,
    "coupling_gates": True,
    "lookback": 3,
    "blocks": 5,
    "prior_width": 256,
    "dilations": (1, 2, 4),
    "context": 3,
    "cells": "uniform",
}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "bits": {**_PAPER, "coupling": "affine", "width": 512},
    "samples": {**_PAPER, "coupling": "additive", "width": 392},
    "tiny": {"levels": 2, "steps": 2, "width": 8, "blocks": 1, "prior_width": 8, "dilations": (1,)},
}
