"""What a narrative is about, and the named variants."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from worldmodels_envs.names import known_name
from worldmodels_envs.variants import Variants

NARRATIVES = ("traveling_salesman", "color_reaction")
KINDS = ("circle", "square", "triangle", "pentagon")
# Twelve colours that differ in at least one channel by 90 of 255; white is the thirteenth, for who moves.
COLOURS = (
    (230, 40, 40),
    (40, 200, 60),
    (50, 80, 240),
    (240, 220, 40),
    (220, 60, 220),
    (40, 210, 220),
    (245, 140, 30),
    (140, 60, 180),
    (150, 240, 150),
    (245, 160, 190),
    (130, 90, 40),
    (130, 130, 130),
)
WHITE = (255, 255, 255)


@dataclass(frozen=True)
class NarrativesConfig:
    """Shapes on black of which one moves; the defaults are the paper's Traveling Salesman.

    The paper (Kumar et al., Consistent Jumpy Predictions, section 4.1) names the narratives, the number of
    colours, sizes and kinds, and the frames of Color Reaction; the rest was chosen here.

    Args:
        narrative: "traveling_salesman": one shape visits all others in random order. "color_reaction": one shape
            moves to another, which then takes another colour.
        size: Height and width of a frame, px.
        shapes: How many there are, the one that moves included.
        leg: Frames from one shape to the next.
        radii: The sizes a shape may have, in widths of the frame.
        kinds: How many of circle, square, triangle, pentagon may occur.
        colours: How many of the twelve colours may occur.
        repeat: Whether two shapes may have the same colour, as in the paper.
        marked: Whether the shape that moves is white, and no other is, so that the first frame tells it apart.

    Raises:
        ValueError: A value is out of range.
    """

    narrative: Literal["traveling_salesman", "color_reaction"] = "traveling_salesman"
    size: int = 32
    shapes: int = 5
    leg: int = 5
    radii: tuple[float, ...] = (0.08, 0.095, 0.11, 0.125)
    kinds: int = len(KINDS)
    colours: int = len(COLOURS)
    repeat: bool = True
    marked: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "radii", tuple(self.radii))
        known_name(self.narrative, NARRATIVES, "narrative")
        for name, value, least, most in (
            ("size", self.size, 16, 1024),
            ("shapes", self.shapes, 2, 8),
            ("leg", self.leg, 1, 1000),
            ("kinds", self.kinds, 1, len(KINDS)),
            ("colours", self.colours, 2 if self.repeat else self.shapes + 1, len(COLOURS)),
        ):
            if not least <= value <= most:
                raise ValueError(f"{name} is {value}, must be from {least} to {most}")
        # Larger ones could not always be placed without touching one another.
        if not self.radii or not all(0 < radius <= 0.125 for radius in self.radii):
            raise ValueError(f"radii are {self.radii}, must be above 0 and at most 0.125 widths of the frame")

    @property
    def visits(self) -> int:
        """How many shapes are moved to, one after the other."""
        return self.shapes - 1 if self.narrative == "traveling_salesman" else 1

    @property
    def length(self) -> int:
        """Frames of the whole story; afterwards everything rests."""
        after = 0 if self.narrative == "traveling_salesman" else self.leg + 1
        return self.visits * self.leg + 1 + after

    @property
    def looks(self) -> int:
        """In how many ways the shapes may look, places aside: 192^5 in the paper's Traveling Salesman."""
        dressed = self.shapes - self.marked
        dyes = self.colours**dressed if self.repeat else math.perm(self.colours, dressed)
        return int(dyes * (self.kinds * len(self.radii)) ** self.shapes)


_PLAIN = NarrativesConfig(repeat=False, marked=True, radii=(0.11,), colours=6)

VARIANTS = Variants(
    "Narratives",
    {
        "traveling_salesman": NarrativesConfig(),
        "color_reaction": NarrativesConfig(narrative="color_reaction", shapes=2),
        "salesman_3": replace(_PLAIN, shapes=3),
        "salesman_4": replace(_PLAIN, shapes=4),
        "salesman_5": _PLAIN,
        "reaction": replace(_PLAIN, shapes=3, narrative="color_reaction"),
    },
)
resolve_config = VARIANTS.resolve
