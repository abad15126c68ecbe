"""SVG-LP's settings, and those of its paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from worldmodels.config import Settings
from worldmodels.limits import Frames, Layers, NotNegative, Width


@dataclass(frozen=True)
class SVGConfig(Settings):
    """Sizes and losses; the defaults train on a CPU.

    Attributes:
        architecture: Encoder and decoder, "dcgan" or "vgg".
        filters: Their width.
        encoding: Width of a frame's encoding.
        latent: Width of the latent z of each frame.
        hidden: Width of the LSTMs.
        predictor_layers: Layers of the frame predictor's LSTM.
        posterior_layers: Layers of the posterior's LSTM.
        prior_layers: Layers of the prior's LSTM.
        context: From how many frames of a training clip skip connections are taken; predictions of later frames
            use those of the last of them, as when imagining.
        beta: Weight of the KL divergence.
        batch_statistics: Whether batch normalisation always uses the batch's own statistics, as the authors do
            when they generate; then a video's future depends on the others in its batch.
    """

    architecture: Literal["dcgan", "vgg"] = "dcgan"
    filters: Width = 16
    encoding: Width = 64
    latent: Width = 10
    hidden: Width = 128
    predictor_layers: Layers = 2
    posterior_layers: Layers = 1
    prior_layers: Layers = 1
    context: Frames = 5
    beta: NotNegative = 1e-4
    batch_statistics: bool = False


_PAPER: dict[str, Any] = {"filters": 64, "encoding": 128, "hidden": 256}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "smmnist": {**_PAPER, "architecture": "dcgan", "latent": 10, "context": 5},
    "bair": {**_PAPER, "architecture": "vgg", "latent": 64, "context": 2},
}
