"""What a CATER-like video is made of, and the four released variants."""

from __future__ import annotations

from dataclasses import dataclass

from worldmodels_envs.variants import Variants

MOST_PIXELS = 4_000_000
"""Of a frame before it is averaged; more would take gigabytes."""


@dataclass(frozen=True)
class CaterConfig:
    """The world of CATER (Girdhar & Ramanan, 2020); the defaults are its "all actions" set at 64x64.

    The field of view is CATER's 49.1 x 37.9 degrees at every frame size, as if its video were resized.

    Args:
        height: Height of a frame, px.
        width: Width of a frame, px.
        frames: Frames of a video at 24 per second.
        min_objects: Fewest objects in a scene, the snitch and two cones among them.
        max_objects: Most objects in a scene.
        max_actions: At most this many objects act in one time segment; None lets all act.
        moving_camera: Whether the camera moves to a new place every 30 frames.
        camera_jitter: Largest random shift of the camera along each axis.
        light_jitter: Largest random shift of each lamp along each axis.
        supersample: Every pixel averages a square of this side of rendered pixels.
        detail: Segments around a round mesh; more is smoother and slower.

    Raises:
        ValueError: A value is out of range.
    """

    height: int = 64
    width: int = 64
    frames: int = 301
    min_objects: int = 5
    max_objects: int = 10
    max_actions: int | None = None
    moving_camera: bool = False
    camera_jitter: float = 0.5
    light_jitter: float = 1.0
    supersample: int = 2
    detail: int = 12

    def __post_init__(self) -> None:
        _at_least(self, height=8, width=8, frames=1, supersample=1, detail=6)
        if self.height * self.width * self.supersample**2 > MOST_PIXELS:
            drawn = f"{self.height} x {self.width} pixels, each of {self.supersample}**2"
            raise ValueError(f"a frame has {drawn}, must be at most {MOST_PIXELS} in all")
        if not 3 <= self.min_objects <= self.max_objects <= 10:
            raise ValueError(
                f"objects are {self.min_objects} to {self.max_objects}, must be within 3..10: "
                "the snitch and two cones are always there"
            )
        if self.max_actions is not None and self.max_actions < 1:
            raise ValueError(f"max_actions is {self.max_actions}, must be at least 1, or None for all")
        if self.camera_jitter < 0 or self.light_jitter < 0:
            raise ValueError("camera_jitter and light_jitter must not be negative")


def _at_least(config: CaterConfig, **limits: int) -> None:
    for name, limit in limits.items():
        if getattr(config, name) < limit:
            raise ValueError(f"{name} is {getattr(config, name)}, must be at least {limit}")


VARIANTS = Variants(
    "CATER",
    {
        "all_actions": CaterConfig(),
        "all_actions_cameramotion": CaterConfig(moving_camera=True),
        "max2action": CaterConfig(max_actions=2),
        "max2action_cameramotion": CaterConfig(max_actions=2, moving_camera=True),
    },
)
resolve_config = VARIANTS.resolve
