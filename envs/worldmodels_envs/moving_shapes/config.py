"""What a world of moving shapes is made of, and the named variants."""

from __future__ import annotations

from dataclasses import dataclass

from worldmodels_envs.names import known_name
from worldmodels_envs.random_walk.config import PRIMARIES, Colour
from worldmodels_envs.random_walk.drawing import SHAPES
from worldmodels_envs.variants import Variants

SIZE = 64
SPEED = 6
RADII = (4, 5, 6, 7, 8, 9)


@dataclass(frozen=True)
class MovingShapesConfig:
    """One shape near the centre of a grey frame, which then moves steadily; the defaults are VideoFlow's data.

    Sources: Babaeizadeh et al., 2018 (SV2P) and Kumar et al., 2019 (VideoFlow, section 5.1). Their text leaves
    open the shapes, sizes, colours, the speed, and what happens at the edge; these are set here.

    Args:
        size: Height and width of a frame, px.
        shapes: Names of `SHAPES`; each episode draws one.
        radii: Radii in px, of which each episode draws one; None keeps 4 to 9 px in a frame of 64.
        colours: RGB in 0..255; each episode draws one.
        background: The frame's grey level, 0..255.
        speed: px a frame along x and along y (so a diagonal is longer); None keeps 6 px in a frame of 64.
        jitter: The shape starts up to so many px from the centre along x and y.

    Raises:
        ValueError: A value is out of range, or a shape could leave the frame with its first move.
    """

    size: int = SIZE
    shapes: tuple[str, ...] = ("ball", "square", "triangle")
    radii: tuple[int, ...] | None = None
    colours: tuple[Colour, ...] = PRIMARIES
    background: int = 128
    speed: int | None = None
    jitter: int = 0

    def __post_init__(self) -> None:
        # Lists become tuples, so that a specification read from JSON equals the one that was written.
        object.__setattr__(self, "shapes", tuple(self.shapes))
        object.__setattr__(self, "colours", tuple(tuple(int(part) for part in colour) for colour in self.colours))
        if self.radii is not None:
            object.__setattr__(self, "radii", tuple(self.radii))
        _check_looks(self)
        reach = max(self.sizes) + self.step + self.jitter
        if self.step < 1 or self.jitter < 0 or reach > (self.size - 1) // 2:
            raise ValueError(
                f"size is {self.size} px, too small for radius {max(self.sizes)}, speed {self.step} (at least 1) and "
                f"jitter {self.jitter} (at least 0): the first move needs {2 * reach + 1} px"
            )

    @property
    def sizes(self) -> tuple[int, ...]:
        """The radii, px."""
        if self.radii is not None:
            return self.radii
        return tuple(sorted({max(1, round(radius * self.size / SIZE)) for radius in RADII}))

    @property
    def step(self) -> int:
        """The speed, px a frame."""
        return max(1, round(SPEED * self.size / SIZE)) if self.speed is None else self.speed


def _check_looks(config: MovingShapesConfig) -> None:
    for shape in config.shapes:
        known_name(shape, SHAPES, "shape")
    if not (config.shapes and config.sizes and config.colours):
        raise ValueError("shapes, radii and colours need at least one entry each")
    if min(config.sizes) < 1:
        raise ValueError(f"radii are {config.sizes}, each must be at least 1 px")
    for colour in (*config.colours, (config.background,) * 3):
        if len(colour) != 3 or not all(0 <= channel <= 255 for channel in colour):
            raise ValueError(f"colours or background: {colour} is not three numbers in 0..255")


VARIANTS = Variants(
    "moving shapes",
    {
        "stochastic": MovingShapesConfig(),
        "jittered": MovingShapesConfig(jitter=4),
    },
)
resolve_config = VARIANTS.resolve
