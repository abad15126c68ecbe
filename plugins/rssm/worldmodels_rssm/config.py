"""The RSSM's settings, and those of its paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from worldmodels.config import Settings
from worldmodels.limits import Filled, Limit, NotNegative, Positive, Share, Width


@dataclass(frozen=True)
class RSSMConfig(Settings):
    """Sizes and losses; the defaults train on a CPU.

    Attributes:
        deter: Width of the deterministic state.
        hidden: Width of the layers between states and latents.
        blocks: Blocks of the recurrent weights, each of which reads its own part of the state.
        latents: How many categorical latents there are.
        classes: Classes of each.
        depth: Channels of the convolutions, in units of `mults`.
        mults: Channels after each convolution, in multiples of `depth`.
        patch: Stride of the first convolution; the others halve the frame. 2 is the paper's; 4 spares the largest
            maps, which are most of the work on a CPU.
        unimix: Share of the uniform distribution in every categorical one, so that none is ever certain.
        precision: Weight of a frame's squared error; the paper's 1 overlooks what is small in the frame, such as the
            angle of a thin pole, since what it costs is less than the free nats.
        free: Nats below which a frame's divergence is not reduced further.
        beta_dynamics: Weight of the divergence that trains the prior towards the posterior.
        beta_representation: Weight of the divergence that trains the posterior towards the prior.
        burn_in: Frames of a clip that are only followed, without learning, so that the others are learned from states
            as old as in use.
        fresh: How often, in training, the followed frames are forgotten, as where an episode begins.
    """

    deter: Width = 256
    hidden: Width = 128
    blocks: Width = 1
    latents: Width = 16
    classes: Width = 16
    depth: Width = 16
    mults: Annotated[tuple[Annotated[int, Limit(1, 64)], ...], Filled()] = (2, 3, 4, 4)
    patch: Literal[2, 4] = 4
    unimix: Annotated[float, Limit(0, below=1)] = 0.01
    precision: Positive = 1.0
    free: NotNegative = 1.0
    beta_dynamics: NotNegative = 1.0
    beta_representation: NotNegative = 0.1
    burn_in: Annotated[int, Limit(0, 10_000)] = 0
    fresh: Share = 0.5


def _paper(deter: int, hidden: int, classes: int) -> dict[str, Any]:
    """A size of the paper's Table 3, whose convolutions are as deep as its latents have classes."""
    return {
        "deter": deter,
        "hidden": hidden,
        "blocks": 8,
        "latents": 32,
        "classes": classes,
        "depth": classes,
        "patch": 2,
    }


PRESETS: Mapping[str, Mapping[str, Any]] = {
    "12m": _paper(2048, 256, 16),
    "25m": _paper(3072, 384, 24),
    "50m": _paper(4096, 512, 32),
    "100m": _paper(6144, 768, 48),
    "200m": _paper(8192, 1024, 64),
    "cpu": {},
    "tiny": {"deter": 16, "hidden": 16, "latents": 4, "classes": 4, "depth": 2},
}
