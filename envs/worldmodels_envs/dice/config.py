"""What a scene with a die is made of, and the named variants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from worldmodels_envs.names import known_name
from worldmodels_envs.variants import Variants

FACES = ("+x", "-x", "+y", "-y", "+z", "-z")
SPLITS = ("train", "test")


@dataclass(frozen=True)
class DiceConfig:
    """A cube with a digit on each face in a room, seen from cameras around it.

    After the MNIST dice of Kumar et al. (Consistent Jumpy Predictions, section 4.2), whose text gives the 100 digits
    and what is random in a scene; sizes, distances and colours were chosen here.

    Args:
        size: Height and width of a frame, px.
        digits: How many different pictures of digits there are.
        room: Whether each room has colours of its own, and the light and the cube places of their own; else they are
            the same in all scenes, and only the cube's turn and its digits are random.
        shadow: Whether the cube casts a shadow.
        distance: From the camera to the room's middle, in edges of the cube.
        elevation: The cameras' angles above the floor, least and greatest, degrees.
        split: Whose digits: "train" or "test".
        folder: Where MNIST's four IDX files are, plain or gzipped; None takes scikit-learn's digits.

    Raises:
        ValueError: A value is out of range.
    """

    size: int = 32
    digits: int = 100
    room: bool = True
    shadow: bool = True
    distance: float = 4.0
    elevation: tuple[float, float] = (15.0, 35.0)
    split: Literal["train", "test"] = "train"
    folder: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "elevation", tuple(self.elevation))
        known_name(self.split, SPLITS, "split")
        for name, value, least, most in (("size", self.size, 8, 512), ("digits", self.digits, 1, 360)):
            if not least <= value <= most:
                raise ValueError(f"{name} is {value}, must be from {least} to {most}")
        if not 2 <= self.distance <= 6:
            raise ValueError(f"distance is {self.distance}, must be from 2 to 6 edges of the cube")
        if len(self.elevation) != 2 or not 0 < self.elevation[0] <= self.elevation[1] < 90:
            raise ValueError(f"elevation is {self.elevation}, must be two rising angles between 0 and 90 degrees")


VARIANTS = Variants(
    "Dice",
    {
        "room": DiceConfig(),
        "plain": DiceConfig(digits=10, room=False, shadow=False, elevation=(20.0, 20.0)),
    },
)
resolve_config = VARIANTS.resolve
