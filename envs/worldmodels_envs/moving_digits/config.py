"""What a world of moving digits is made of, and the named variants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from worldmodels_envs.names import known_name
from worldmodels_envs.variants import Variants

BOUNCES = ("exact", "clamped")
SPLITS = ("train", "test")
SIZE = 64
DIGIT_SIZE = 28


@dataclass(frozen=True)
class MovingDigitsConfig:
    """Digits that move linearly and bounce off the walls; the defaults are SRVP's stochastic moving MNIST.

    Sources: Franceschi et al., 2020 (appendix B.1 and the authors' code), after Denton and Fergus, 2018.

    Args:
        size: Height and width of a frame, px.
        digits: How many digits move in it.
        digit_size: Height and width of a digit's picture, px; None keeps 28 px in a frame of 64.
        speed: Velocities are whole multiples of `unit` in -speed..speed, along x and along y.
        unit: px a frame; None keeps 1 px in a frame of 64.
        stochastic: Whether a bounce draws both velocities anew, or only turns the one that hit the wall.
        bounce: "exact": the digit bounces where and when it meets the wall, and has the new velocity for
            the rest of the step. "clamped": as in SVG's data, a digit that has left the frame is put back
            at the wall, first along y, then along x, with a velocity that leads away from it and is not 0.
        channels: 1 for grey frames, 3 for the same as RGB.
        split: Whose digits: "train" or "test".
        folder: Where MNIST's four IDX files are, plain or gzipped; None takes scikit-learn's digits.

    Raises:
        ValueError: A value is out of range.
    """

    size: int = SIZE
    digits: int = 2
    digit_size: int | None = None
    speed: int = 4
    unit: float | None = None
    stochastic: bool = True
    bounce: Literal["exact", "clamped"] = "exact"
    channels: Literal[1, 3] = 1
    split: Literal["train", "test"] = "train"
    folder: str | None = None

    def __post_init__(self) -> None:
        known_name(self.bounce, BOUNCES, "bounce")
        known_name(self.split, SPLITS, "split")
        if self.channels not in (1, 3):
            raise ValueError(f"channels is {self.channels}, must be 1 or 3")
        for name, value in (("digits", self.digits), ("digit_size", self.side), ("speed", self.speed)):
            if value < 1:
                raise ValueError(f"{name} is {value}, must be at least 1")
        if not 0 < self.pixels_per_unit < float("inf"):
            raise ValueError(f"unit is {self.unit}, must be above 0")
        if self.room < self.speed * self.pixels_per_unit:
            raise ValueError(
                f"size is {self.size} px, but digits of {self.side} px that move {self.speed * self.pixels_per_unit:g} "
                f"px a frame need at least {self.side + self.speed * self.pixels_per_unit:g} px"
            )

    @property
    def side(self) -> int:
        """Height and width of a digit's picture, px."""
        return round(DIGIT_SIZE * self.size / SIZE) if self.digit_size is None else self.digit_size

    @property
    def pixels_per_unit(self) -> float:
        """One unit of velocity, px a frame."""
        return self.size / SIZE if self.unit is None else self.unit

    @property
    def room(self) -> int:
        """The largest coordinate of a digit's upper left corner, px; the smallest is 0."""
        return self.size - self.side


VARIANTS = Variants(
    "moving digits",
    {
        "stochastic": MovingDigitsConfig(),
        "deterministic": MovingDigitsConfig(stochastic=False),
        "svg": MovingDigitsConfig(bounce="clamped", digit_size=32),
        "svg_deterministic": MovingDigitsConfig(bounce="clamped", digit_size=32, stochastic=False),
    },
)
resolve_config = VARIANTS.resolve
