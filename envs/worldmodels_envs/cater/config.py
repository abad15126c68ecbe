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
        size: Height and width of a frame, px; one number for a square.
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

    size: int | tuple[int, int] = (64, 64)
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
        sides = (self.size, self.size) if isinstance(self.size, int) else tuple(self.size)
        if len(sides) != 2 or not all(isinstance(side, int) and side >= 8 for side in sides):
            raise ValueError(f"size is {self.size}, must be (height, width) of at least 8")
        object.__setattr__(self, "size", sides)
        _at_least(self, frames=1, supersample=1, detail=6)
        if sides[0] * sides[1] * self.supersample**2 > MOST_PIXELS:
            drawn = f"{sides[0]} x {sides[1]} pixels, each of {self.supersample}**2"
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

    @property
    def height(self) -> int:
        """Height of a frame, px."""
        assert isinstance(self.size, tuple)
        return self.size[0]

    @property
    def width(self) -> int:
        """Width of a frame, px."""
        assert isinstance(self.size, tuple)
        return self.size[1]


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
