"""The VRNN's settings, and those of its paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from worldmodels.config import Settings
from worldmodels.limits import Filled, Frames, Limit, NotNegative, Share, Width
from worldmodels_vrnn.pixels import Pixels


@dataclass(frozen=True)
class VRNNConfig(Settings):
    """Sizes and losses; the defaults train on a CPU.

    Attributes:
        width: Channels at the full resolution; they double with every halving of it, up to `widest` times.
        widest: The most channels of a level, in multiples of `width`.
        context: How many frames the recurrent states start from.
        encoder: "residual" blocks with max-pooling, or one "strided" convolution for each halving, whose channels
            begin to double one level later.
        latents: Resolutions that have latent variables, from 1 on; dense links go from each to all finer ones.
        latent_channels: Channels of each latent; 0 gives it as many as the encoder has at its resolution.
        branch_inputs: Channels that enter the ConvLSTMs of prior and posterior; 0 for the encoder's.
        dense: Whether a level sees the latents of all coarser ones, or only of the next coarser.
        recurrent: Resolutions at which the decoder has a ConvLSTM rather than a convolution, from 1 on; () is all.
        decoder_channels: The decoder's channels from 1x1 on, in multiples of `width`; () follows the encoder.
        least_group: Channels that each group of a norm has at least. The 16 groups of the ConvLSTMs have 4 or more at
            the paper's width; at a small one they would be single channels.
        pixels: The loss of a pixel.
        kl: "analytic", or estimated at the posterior's "sample" as the authors do.
        beta: The KL's weight.
        beta_warmup: Share of the training over which that weight rises from 0.
        short_starts: How often, in training, a clip's context is fewer frames than `context`, the first repeated,
            as it has to be in an environment, whose episodes begin with one frame.
    """

    width: Width = 16
    widest: Annotated[int, Limit(1, 64)] = 4
    context: Frames = 2
    encoder: Literal["residual", "strided"] = "residual"
    latents: Annotated[tuple[Width, ...], Filled()] = (1, 8)
    latent_channels: Annotated[int, Limit(0, 1 << 14)] = 0
    branch_inputs: Annotated[int, Limit(0, 1 << 14)] = 0
    dense: bool = True
    recurrent: tuple[Width, ...] = (1, 4, 8)
    decoder_channels: tuple[Annotated[float, Limit(above=0, most=64)], ...] = ()
    least_group: Width = 1
    pixels: Pixels = "l1"
    kl: Literal["analytic", "sample"] = "analytic"
    beta: NotNegative = 1.0
    beta_warmup: Share = 0.1
    short_starts: Share = 0.5


_PAPER: dict[str, Any] = {"width": 64, "widest": 8, "recurrent": (), "kl": "sample", "short_starts": 0.0}
_DECODERS: dict[str, Any] = {
    **_PAPER,
    "encoder": "strided",
    "latents": (1,),
    "latent_channels": 10,
    "branch_inputs": 10,
    "decoder_channels": (8, 8, 4, 4, 2, 1),
}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "1": {**_PAPER, "latents": (1,)},
    "1-8": {**_PAPER, "latents": (1, 8)},
    "1-8-32": {**_PAPER, "latents": (1, 8, 32)},
    "1-8-16-32": {**_PAPER, "latents": (1, 8, 16, 32)},
    "naive": {**_PAPER, "latents": (1, 8, 32), "dense": False, "beta_warmup": 0.0},
    "warm-up": {**_PAPER, "latents": (1, 8, 32), "dense": False},
    "dense": {**_PAPER, "latents": (1, 8, 32), "beta_warmup": 0.0},
    "1-convlstm": {**_DECODERS, "recurrent": (1,)},
    "3-convlstm": {**_DECODERS, "recurrent": (1, 4, 8)},
    "6-convlstm": _DECODERS,
    "6-convlstm-wide": {**_DECODERS, "decoder_channels": (16, 12, 8, 6, 3, 2)},
    "reach": {
        "width": 8,
        "widest": 8,
        "encoder": "strided",
        "latents": (1,),
        "latent_channels": 8,
        "recurrent": (1,),
        "pixels": "bce",
    },
    "tiny": {"width": 4, "latents": (1, 8), "recurrent": (1, 8)},
    "digits": {"width": 8, "latents": (1, 4, 16), "recurrent": (), "short_starts": 0.0},
}
