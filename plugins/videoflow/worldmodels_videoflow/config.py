"""VideoFlow's settings, and those of its paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from worldmodels.errors import InputError
from worldmodels_videoflow.cells import Kind


@dataclass(frozen=True)
class VideoFlowConfig:
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
        feature_levels: How many of the top levels' latents `features` gives.
        recompute: Whether training computes inputs again by inversion, so that memory does not grow with the steps.
    """

    levels: int = 3
    steps: int = 4
    coupling: Literal["affine", "additive"] = "affine"
    width: int = 64
    coupling_gates: bool = False
    lookback: int = 2
    blocks: int = 2
    prior_width: int = 48
    dilations: tuple[int, ...] = (1, 2)
    skip: bool = True
    gates: bool = True
    futures: int = 1
    context: int = 1
    grey_levels: int = 256
    cells: Kind = "fitted"
    feature_levels: int = 2
    recompute: bool = False

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            if getattr(self, name) < least:
                raise InputError(f"{name}={getattr(self, name)} given; VideoFlow needs at least {least}.")
        if self.grey_levels > 256:
            raise InputError(f"grey_levels={self.grey_levels} given; frames are stored with 256 at most.")
        if not self.dilations or min(self.dilations) < 1:
            raise InputError(f"dilations={self.dilations} given; each is at least 1, and there is at least one.")


_LEAST = {"levels": 1, "steps": 1, "width": 1, "lookback": 0, "blocks": 1, "prior_width": 1, "futures": 1}
_LEAST |= {"context": 1, "grey_levels": 2, "feature_levels": 1}

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
