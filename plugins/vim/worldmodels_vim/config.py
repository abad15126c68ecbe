"""VIM's settings, and those of its paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from worldmodels.blocks.slot_attention import Start
from worldmodels.config import Settings
from worldmodels.limits import Filled, Frames, Limit, NotNegative, Positive, Share, Width


@dataclass(frozen=True)
class VIMConfig(Settings):
    """Sizes, losses and schedule; the defaults find the rules of 32x32 videos in minutes on a CPU.

    Attributes:
        slots: K, the most objects, the background among them.
        modules: M, how many rules there are to choose from.
        width: Of a slot's content.
        placed: Whether a slot has a place of its own beside its content, two numbers; the paper's have not.
        moves: What modules add to: the "place" of a slot that has one, or the whole "slot", as the paper's do.
        inner: k of VIM-k, selections and updates between two frames.
        stays: Whether a slot that a module would bring no nearer to what it finds in a frame stays as it is, as it
            should where there may be fewer moves than `inner`; for slots with places.
        encoder: "patch", two convolutions, or the paper's four "conv" of full resolution.
        decoder: "patch", an MLP that paints 4x4 pixels of each cell, or the paper's "broadcast" convolutions.
        stride: Pixels from one token of the "patch" encoder to the next, 2 or 4.
        channels: Of the encoder's layers and of the decoder's convolutions.
        painter: Hidden width of the patch decoder.
        module_hidden: Hidden widths of a module.
        candidate_hidden: Width of the layer that all modules share after their own; 0 leaves it out.
        normalised: Whether a module's own part ends in a LayerNorm.
        start: First slots: "learned" one by one, "gaussian" draws, or "seeds", which begin at what stands out.
        iterations: Rounds of slot attention on the first frame.
        variance: Of a pixel's likelihood.
        module_weight: Of the selections' KL.
        update_weight: Of the updates' KL.
        stills: Share of the training on single frames, which only slot attention and decoder learn from.
        lengths: Frames of the clips in equal parts of the training on videos.
        closed: Share of the training on videos in which updates are held at zero; their KL counts all along.
        opening: Share of it after that over which they are let in.
        autoencoder_rate: Factor on the learning rate of slot attention, encoder and decoder while training on videos; 0
            trains transitions alone.
        octaves: Of a code of places that the prior's query reads, so that it knows a wall to the pixel; 0 for the place
            alone.
        roles: How many learned queries find slots by what they hold, for features that do not depend on the slots'
            order; 0 for the slots in a row.
    """

    slots: Annotated[int, Limit(1, 256)] = 4
    modules: Annotated[int, Limit(1, 256)] = 5
    width: Width = 64
    placed: bool = True
    moves: Literal["place", "slot"] = "place"
    inner: Annotated[int, Limit(1, 64)] = 1
    stays: bool = False
    encoder: Literal["patch", "conv"] = "patch"
    decoder: Literal["patch", "broadcast"] = "patch"
    stride: Literal[2, 4] = 2
    channels: Width = 32
    painter: Width = 64
    module_hidden: tuple[Width, ...] = (64,)
    candidate_hidden: Annotated[int, Limit(0, 1 << 14)] = 0
    normalised: bool = False
    start: Start = "seeds"
    iterations: Annotated[int, Limit(1, 64)] = 3
    variance: Positive = 0.05
    module_weight: NotNegative = 1.0
    update_weight: NotNegative = 1.0
    stills: Share = 0.5
    lengths: Annotated[tuple[Frames, ...], Filled()] = (3, 4, 6, 10, 20)
    closed: Share = 0.4
    opening: Share = 0.15
    autoencoder_rate: NotNegative = 0.3
    octaves: Annotated[int, Limit(0, 16)] = 0
    roles: Annotated[int, Limit(0, 256)] = 0


PRESETS: Mapping[str, Mapping[str, Any]] = {
    # A controlled ball and a goal in 32x32: a module for each direction and one to stay.
    "reach": {"slots": 5, "octaves": 4, "roles": 8, "lengths": (3, 4, 6, 10), "stills": 0.5, "closed": 0.4},
    "tiny": {"slots": 3, "modules": 3, "width": 8, "channels": 8, "painter": 16, "module_hidden": (8,)},
    "paper": {
        "placed": False,
        "encoder": "conv",
        "decoder": "broadcast",
        "channels": 64,
        "module_hidden": (128, 128),
        "candidate_hidden": 128,
        "normalised": True,
        "start": "gaussian",
        "lengths": (6, 8, 10, 12, 14, 16, 18, 20),
        "closed": 0.0,
        "opening": 0.0,
        "autoencoder_rate": 1.0,
    },
}
