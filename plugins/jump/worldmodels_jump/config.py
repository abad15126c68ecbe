"""JUMP's settings, and those of its paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from worldmodels.config import Settings
from worldmodels.errors import InputError
from worldmodels.limits import Filled, Frames, Layers, Limit, Positive, Share, Width


@dataclass(frozen=True)
class JUMPConfig(Settings):
    """Sizes, latents and losses; the defaults train on a CPU.

    Attributes:
        latent: Who shares a latent. "scene": all targets of a scene, which is JUMP. "target": each has its own, a
            factored model as GQN. "none": nobody has one, a deterministic model.
        key: What frames are known by. "time": when they were. "camera": the pose from which they were seen, recorded
            as the signal `camera`.
        pose: Numbers of a pose.
        scale: Frames over which time is encoded; longer videos need more.
        filters: Channels of the four layers of the representation; the last two are of a quarter of the resolution.
        keys: Width of an encoded key.
        summary: Width of what is known of the actions since the last frame seen.
        steps: Steps of DRAW.
        latents: Channels of the latent of each step.
        hidden: Channels of the LSTMs of prior and posterior.
        scene: Channels of the canvas on which prior and posterior write, which is what the renderer reads.
        render_steps: Steps of the renderer's LSTM.
        render_hidden: Its channels.
        output: Channels of the layer between it and the pixels, which there is only without `shortcuts`.
        kernel: Of the LSTMs.
        world: Whether LSTMs know each place of the grid and read the mean of their state over all places, so that what
            happens in one place can reach every other in a step. The paper's do not.
        shortcuts: Whether frames, what was seen and the scene also pass the networks by, each through one linear
            convolution, so that what stays as it is need not be learned by the LSTMs. The paper's do not.
        mean: Whether prior and posterior read the mean of the representations of what was seen, and of the targets, so
            that three frames which show the same say what one does. The paper's read the sum.
        variance: The pixel variance over the training: points (share, variance) on straight lines.
        contexts: Frames seen in training, from 1 to so many.
        targets: Frames to predict in training, from 1 to so many.
        anywhere: Share of the steps whose context is drawn from the whole clip, not its beginning; needs an
            action-free world.
        memory: How many of the last frames a belief remembers, their times counted from the last of them; `None` for
            all, their times counted from the first, as in the paper.
    """

    latent: Literal["scene", "target", "none"] = "scene"
    key: Literal["time", "camera"] = "time"
    pose: Width = 7
    scale: Positive = 20.0
    filters: tuple[Width, Width, Width, Width] = (16, 32, 32, 32)
    keys: Width = 32
    summary: Width = 32
    steps: Layers = 2
    latents: Width = 3
    hidden: Width = 32
    scene: Width = 32
    render_steps: Layers = 2
    render_hidden: Width = 32
    output: Width = 32
    kernel: Annotated[int, Limit(1, 31)] = 3
    world: bool = True
    shortcuts: bool = True
    mean: bool = True
    variance: Annotated[tuple[tuple[Share, Positive], ...], Filled()] = ((0.0, 2.0), (1.0, 0.5))
    contexts: Frames = 1
    targets: Frames = 3
    anywhere: Share = 0.0
    memory: Frames | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.memory is not None and not self.contexts <= self.memory:
            raise InputError(f"contexts is {self.contexts}, must be from 1 to memory, {self.memory}.")
        if self.kernel % 2 == 0:
            raise InputError(f"kernel is {self.kernel}, must be odd.")


_PAPER: dict[str, Any] = {
    "filters": (8, 16, 32, 32),
    "steps": 4,
    "hidden": 64,
    "scene": 128,
    "render_steps": 4,
    "render_hidden": 64,
    "output": 128,
    "kernel": 5,
    "world": False,
    "shortcuts": False,
    "mean": False,
    "contexts": 3,
}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "narratives": _PAPER,
    "dice": {
        **_PAPER,
        "key": "camera",
        "steps": 6,
        "render_steps": 6,
        "hidden": 128,
        "render_hidden": 128,
        # 100k steps at 2.0, 50k at 0.2, 50k at 0.4, then 0.9: of a training of 400k steps.
        "variance": ((0.0, 2.0), (0.25, 2.0), (0.2501, 0.2), (0.375, 0.2), (0.3751, 0.4), (0.5, 0.4), (0.5001, 0.9)),
    },
    "tiny": {
        "filters": (4, 4, 8, 8),
        "keys": 8,
        "summary": 8,
        "steps": 2,
        "hidden": 8,
        "scene": 8,
        "render_steps": 2,
        "render_hidden": 8,
        "output": 8,
    },
}
