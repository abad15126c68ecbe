"""What a Random Walk is made of: balls, frame, step, and the named variants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worldmodels_envs.names import known_name
from worldmodels_envs.random_walk.drawing import SHAPES
from worldmodels_envs.variants import Variants

Colour = tuple[int, int, int]

PRIMARIES: tuple[Colour, ...] = (
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (255, 255, 0),
    (255, 0, 255),
    (0, 255, 255),
)
PASTELS: tuple[Colour, ...] = (
    (255, 140, 60),
    (150, 110, 255),
    (90, 210, 160),
    (255, 160, 200),
    (200, 200, 90),
    (120, 180, 255),
)
MAX_BALLS = 250


@dataclass(frozen=True)
class RandomWalkConfig:
    """The world of Random Walk; the defaults are its atomic variant.

    The data set is the one of the thesis' chapter 8 (section 8.5.1); what the text leaves open (number of
    balls beyond three, radius, step, walls, colours) is set here.

    Args:
        size: Height and width of a frame, px.
        balls: How many balls there are. Ball 0 is painted last, so nothing hides it.
        radii: Radius or radii of the balls, px; ball i has the i-th, cycling.
        shapes: Shape or shapes of the balls, names from `SHAPES`; ball i has the i-th, cycling.
        colours: RGB in 0..255, at least one per ball; ball i has the i-th.
        step: Length of one atomic move, px.
        moves: Atomic moves between two frames (1 is the atomic setting, more the compositional one).
        min_moves: When given, every ball makes a random number in min_moves..moves of them.
        shuffle: Every episode draws each ball's shape and radius independently, and the colours without
            replacement, instead of dealing them out in order.

    Raises:
        ValueError: A value is out of range, or the frame is too small for a ball to move.
    """

    size: int = 32
    balls: int = 3
    radii: tuple[int, ...] = (3,)
    shapes: tuple[str, ...] = ("ball",)
    colours: tuple[Colour, ...] = PRIMARIES
    step: int = 3
    moves: int = 1
    min_moves: int | None = None
    shuffle: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "radii", _as_tuple(self.radii))
        object.__setattr__(self, "shapes", _as_tuple(self.shapes))
        object.__setattr__(self, "colours", tuple(tuple(int(c) for c in colour) for colour in self.colours))
        _check_balls(self)
        _check_looks(self)
        _check_moves(self)

    @property
    def fewest_moves(self) -> int:
        """The smallest number of atomic moves between two frames."""
        return self.moves if self.min_moves is None else self.min_moves


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return (value,) if isinstance(value, int | str) else tuple(value)


def _check_balls(config: RandomWalkConfig) -> None:
    if not 1 <= config.balls <= MAX_BALLS:
        raise ValueError(f"balls is {config.balls}, must be in 1..{MAX_BALLS}")
    if len(config.colours) < config.balls:
        raise ValueError(f"{config.balls} balls need as many colours, got {len(config.colours)}: pass more in colours=")


def _check_looks(config: RandomWalkConfig) -> None:
    if not config.radii or not config.shapes:
        raise ValueError("radii and shapes need at least one entry each")
    for shape in config.shapes:
        known_name(shape, SHAPES, "shape")
    for colour in config.colours:
        if len(colour) != 3 or not all(0 <= channel <= 255 for channel in colour):
            raise ValueError(f"colour {colour} is not three numbers in 0..255")
    if min(config.radii) < 1:
        raise ValueError(f"radii are {config.radii}, each must be at least 1 px")


def _check_moves(config: RandomWalkConfig) -> None:
    if config.step < 1 or config.moves < 1:
        raise ValueError(f"step ({config.step}) and moves ({config.moves}) must be at least 1")
    if not 1 <= config.fewest_moves <= config.moves:
        raise ValueError(f"min_moves is {config.min_moves}, must be in 1..moves={config.moves}")
    smallest = 2 * max(config.radii) + 2 * config.step
    if config.size < smallest:
        raise ValueError(
            f"size is {config.size} px, but balls of radius {max(config.radii)} that move {config.step} px "
            f"need at least {smallest} px to have a way out of every place"
        )


VARIANTS = Variants(
    "Random Walk",
    {
        "atomic": RandomWalkConfig(),
        "compositional": RandomWalkConfig(moves=2),
        "compositional_5": RandomWalkConfig(moves=5, min_moves=1),
        "out_of_distribution": RandomWalkConfig(
            radii=(2, 4), shapes=("square", "triangle", "diamond", "cross"), colours=PASTELS, shuffle=True
        ),
    },
)
resolve_config = VARIANTS.resolve
