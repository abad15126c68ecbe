"""INFERNO's settings, and those of its paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from worldmodels.config import Settings
from worldmodels.errors import InputError
from worldmodels.limits import Depth, Filled, Frames, Layers, Limit, NotNegative, Positive, Share, Width

Kernel = Annotated[int, Limit(1, 31)]
Stride = Annotated[int, Limit(1, 31)]
Encoder = Annotated[tuple[tuple[Width, Kernel, Stride], ...], Filled()]
Side = Annotated[int, Limit(1, 1024)]


@dataclass(frozen=True)
class INFERNOConfig(Settings):
    """Sizes, losses and schedule; the defaults take apart 64x64 stills of a few objects in minutes on a CPU.

    Attributes:
        eye: Where the camera stands, looking at the origin.
        field: Tangents of half its field of view, across and down.
        reach: How far from the origin objects are, along each axis of the ground.
        top: Height below which everything is.
        scales: Smallest and largest size of an object.
        stance: Height of the middle of an object that stands on the ground, in sizes: 1 for a ball, less if it is flat.
            One picture does not tell it, and it decides how far away what is seen is.
        lift: How high above the ground an object may be.
        slots: Objects; the background has a slot of its own. With 0, one field holds the whole scene (NeRF-AE).
        encoder: (channels, kernel, stride) of each convolution.
        width: Of a slot.
        iterations: Rounds of slot attention.
        start: First slots: "seeds", where a frame differs from the background, or "gaussian", drawn.
        pose: Where an object is: "votes", the mean of what its pixels say, or "mlp", read from the slot.
        apart: How far seeds keep from each other, in half frames.
        vote_reach: How far from its own place a vote may point, in half frames.
        shape: Numbers of an object's shape.
        appearance: Numbers of its appearance.
        octaves: Of the positional encoding of points.
        view_octaves: Of the directions of rays; 0 for colours that are the same from all sides.
        hidden: Width of an object's field.
        layers: Layers of it before the density.
        skip: The layer that reads the point once more; 0 for none.
        modulation: How shape enters: "film", scale and shift of each layer, or "shift".
        density: "ball", which begins as one, or "relu", with noise in training.
        features: Of a rendered ray; the first ones are its colour.
        background: "plane", an opaque ground, or "volume", a field of its own.
        background_latent: Numbers of the background's shape and of its appearance.
        background_hidden: Width of the background's field.
        background_layers: Layers of it.
        rays: Rays across and down.
        samples: Points on a ray.
        upscaler: "shuffle", a small correction of the rays' colours, or "nearest", the paper's network.
        upscaler_width: Channels of it.
        vote_weight: Of votes that miss the middle of their object.
        gauge_weight: Of objects that are not where, and as large as, their pose says; it grows in the first 30%.
        opacity_weight: Of what objects cover, hidden or not.
        fine: Share of the training that renders every pixel, without an upscaler; after it so does `render`.
        moving: Share of the training that learns how objects move, from clips; the rest stays as it is.
        history: Frames that the dynamics read.
        dynamics: Layers of the dynamics; 0 for a world that stands still.
        dynamics_width: Width of them.
        dynamics_heads: Attention heads of them.
        rollout: Frames that the dynamics learn to imagine.
    """

    eye: tuple[float, float, float] = (7.481, -6.508, 5.344)
    field: tuple[Positive, Positive] = (0.32, 0.32)
    reach: Positive = 3.0
    top: Positive = 2.0
    scales: tuple[Positive, Positive] = (0.3, 1.0)
    stance: NotNegative = 1.0
    lift: NotNegative = 0.0
    slots: Annotated[int, Limit(0, 256)] = 4
    encoder: Encoder = (
        (32, 5, 2),
        (64, 5, 2),
        (64, 3, 1),
        (64, 3, 1),
    )
    width: Width = 64
    iterations: Layers = 3
    start: Literal["seeds", "gaussian"] = "seeds"
    pose: Literal["votes", "mlp"] = "votes"
    apart: NotNegative = 0.36
    vote_reach: NotNegative = 0.25
    shape: Width = 32
    appearance: Width = 32
    octaves: Depth = 3
    view_octaves: Depth = 0
    hidden: Width = 48
    layers: Layers = 3
    skip: Depth = 0
    modulation: Literal["film", "shift"] = "film"
    density: Literal["ball", "relu"] = "ball"
    features: Annotated[int, Limit(4, 1 << 14)] = 16
    background: Literal["plane", "volume"] = "plane"
    background_latent: Width = 8
    background_hidden: Width = 32
    background_layers: Layers = 3
    rays: Side = 32
    samples: Annotated[int, Limit(2, 1024)] = 20
    upscaler: Literal["shuffle", "nearest"] = "shuffle"
    upscaler_width: Width = 24
    vote_weight: NotNegative = 0.3
    gauge_weight: NotNegative = 0.15
    opacity_weight: NotNegative = 2e-4
    fine: Share = 0.0
    moving: Share = 0.0
    history: Frames = 6
    dynamics: Depth = 0
    dynamics_width: Width = 128
    dynamics_heads: Width = 8
    rollout: Frames = 6

    def __post_init__(self) -> None:
        super().__post_init__()
        if even := [kernel for _, kernel, _ in self.encoder if not kernel % 2]:
            raise InputError(f"the encoder's kernels are odd, to keep the middle of what they see; got {even[0]}.")
        if self.background_latent > min(self.shape, self.appearance):
            raise InputError("background_latent must not be larger than shape or appearance.")
        if self.fine + self.moving > 1:
            raise InputError("fine and moving are shares of the training; together they are at most 1.")
        if self.moving and not self.dynamics:
            raise InputError("moving takes dynamics: say of how many layers.")


PAPER: Mapping[str, Any] = {
    # Tables 10.5 to 10.9, with GIRAFFE's fields, which section 10.2.1 names: octaves, samples, ReLU densities.
    "slots": 6,
    "encoder": ((64, 5, 1),) * 4,
    "width": 128,
    "start": "gaussian",
    "pose": "mlp",
    "shape": 128,
    "appearance": 128,
    "octaves": 10,
    "view_octaves": 4,
    "hidden": 64,
    "layers": 8,
    "skip": 4,
    "modulation": "shift",
    "density": "relu",
    "features": 128,
    "background": "volume",
    "background_latent": 128,
    "background_hidden": 16,
    "background_layers": 4,
    "rays": 16,
    "samples": 64,
    "upscaler": "nearest",
    "upscaler_width": 64,
    "vote_weight": 0.0,
    "gauge_weight": 0.0,
    "opacity_weight": 0.0,
    "fine": 0.75,
}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "paper": PAPER,
    "nerf_ae": {"slots": 0, "background": "volume", "background_latent": 32, "background_hidden": 48},
    "cater": {
        "field": (16 / 35, 12 / 35),
        "slots": 10,
        "scales": (0.2, 0.9),
        "lift": 2.0,
        "top": 3.5,
        "apart": 0.25,
        "vote_reach": 0.2,
        "dynamics": 4,
        "moving": 0.4,
    },
    "tiny": {
        "slots": 2,
        "encoder": ((8, 5, 2), (8, 3, 2)),
        "width": 16,
        "shape": 8,
        "appearance": 8,
        "background_latent": 4,
        "hidden": 8,
        "layers": 2,
        "background_hidden": 8,
        "features": 6,
        "rays": 8,
        "samples": 6,
        "upscaler_width": 4,
        "moving": 0.5,
        "dynamics": 1,
        "dynamics_width": 16,
        "dynamics_heads": 2,
        "history": 2,
        "rollout": 2,
    },
}
