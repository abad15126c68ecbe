"""SRVP's settings, and those of its paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from worldmodels.config import Settings
from worldmodels.limits import Frames, Layers, Limit, NotNegative, Positive, Share, Whole, Width


@dataclass(frozen=True)
class SRVPConfig(Settings):
    """Sizes and losses; the defaults train on a CPU.

    Attributes:
        architecture: Encoder and decoder: "small" for a CPU, "dcgan" or "vgg" as in the paper.
        filters: Their width.
        skips: Whether the encoder's feature maps of one frame reach the decoder ("dcgan" and "vgg").
        encoding: Width of a frame's encoding.
        state: Width of the dynamic state y.
        latent: Width of the latent z of each frame.
        content: Width of the content w; 0 leaves it out, for a plain state-space model (Appendix E).
        inference_frames: How many of the first frames y starts from, and how many frames w reads.
        inference_hidden: Width of the LSTM and of the networks that infer y and w.
        inference_layers: Linear layers of the network that infers the first y.
        direct: Whether a linear map goes past each of the networks from encodings to y and z and from z to y's move;
            what it gains is not settled (see the read-me). The paper has none.
        dynamics: How y moves: "residual" is y + dt f(y, z), "mlp" is f(y, z), "gru" a GRU cell.
        dynamics_hidden: Width of f and of the prior of z.
        dynamics_layers: Linear layers of f and of the prior of z.
        residual_gain: Gain of f's orthogonal initialisation.
        euler_steps: Euler steps between two frames.
        likelihood: "gaussian" around the decoded frame, or "bernoulli" (cross-entropy) for crisp pictures.
        std: Standard deviation of the Gaussian likelihood.
        beta_start: Weight of the first y's KL divergence.
        beta: Weight of z's KL divergence.
        kl_warmup: The share of the training over which both divergences' weights rise from 0, linearly.
        residual_penalty: Weight of the length of the residuals.
        decoded_frames: How many random frames of each clip are decoded in training; 0 decodes all.
        per: Whether the losses are a whole "video"'s, as in the paper, or their mean over its frames, "frame",
            which keeps the balance with the heads when the clips' length changes.
        short_starts: How often, in training, y starts from fewer frames than `inference_frames`, as it has to in
            an environment, whose episodes begin with one frame.
    """

    architecture: Literal["small", "dcgan", "vgg"] = "small"
    filters: Width = 64
    skips: bool = False
    encoding: Width = 128
    state: Width = 32
    latent: Width = 16
    content: Annotated[int, Limit(0, 1 << 14)] = 64
    inference_frames: Frames = 2
    inference_hidden: Width = 128
    inference_layers: Layers = 2
    direct: bool = False
    dynamics: Literal["residual", "mlp", "gru"] = "residual"
    dynamics_hidden: Width = 128
    dynamics_layers: Layers = 3
    residual_gain: Positive = 1.0
    euler_steps: Annotated[int, Limit(1, 100)] = 1
    likelihood: Literal["gaussian", "bernoulli"] = "bernoulli"
    std: Positive = 1.0
    beta_start: NotNegative = 1.0
    beta: NotNegative = 1.0
    kl_warmup: Share = 0.0
    residual_penalty: NotNegative = 0.0
    decoded_frames: Whole = 0
    per: Literal["video", "frame"] = "frame"
    short_starts: Share = 0.5


_PAPER: dict[str, Any] = {
    "filters": 64,
    "encoding": 128,
    "content": 256,
    "inference_hidden": 256,
    "inference_layers": 3,
    "dynamics_hidden": 512,
    "dynamics_layers": 4,
    "likelihood": "gaussian",
    "residual_penalty": 1.0,
    "per": "video",
    "short_starts": 0.0,
}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "reach": {"state": 64, "direct": True, "decoded_frames": 3},
    "smmnist": {
        **_PAPER,
        "architecture": "dcgan",
        "state": 20,
        "latent": 20,
        "inference_frames": 5,
        "beta": 2.0,
        "residual_gain": 1.41,
    },
    "kth": {
        **_PAPER,
        "architecture": "vgg",
        "skips": True,
        "state": 50,
        "latent": 50,
        "inference_frames": 3,
        "euler_steps": 2,
        "std": 0.2,
        "residual_gain": 1.2,
    },
    "bair": {
        **_PAPER,
        "architecture": "vgg",
        "skips": True,
        "state": 50,
        "latent": 50,
        "inference_frames": 2,
        "euler_steps": 2,
        "std": 0.71,
        "residual_gain": 1.41,
    },
}
