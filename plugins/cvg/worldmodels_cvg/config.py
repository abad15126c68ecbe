"""CVG's settings, and those of its paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from worldmodels.config import Settings
from worldmodels.errors import InputError
from worldmodels.limits import Filled, Frames, Limit, NotNegative, Whole, Width

Beta = Annotated[float, Limit(0, below=1)]


@dataclass(frozen=True)
class LevelConfig(Settings):
    """One level of the cascade: a generator and its critics.

    Attributes:
        factor: How many times larger its frames are, each way, than those of the level below; the first level's are
            what is left of the world's.
        rate: Its frames for each frame of the level below; above 1 only in action-free worlds. Ignored in the first.
        channels: Base number of the generator's channels.
        units: Multipliers of the channels of its units. All but the last double the size of their maps.
        critic_channels: Base number of the critics' channels.
        critic_blocks: Multipliers of the channels of their residual blocks, from the pixels on.
        frames: Frames drawn at random for the spatial critic.
        shrink: How many times smaller, each way, the temporal critic sees the frames.
        matching: Whether a critic compares the level's output with its input. Ignored in the first.
        window: Frames of the level below in a training window; `None` for the whole clip. Ignored in the first.
        statistics: Whether the norms' running statistics are kept for each time or for all times together.
    """

    factor: Annotated[int, Limit(1, 64)] = 2
    rate: Annotated[int, Limit(1, 64)] = 1
    channels: Width = 16
    units: Annotated[tuple[Annotated[int, Limit(1, 64)], ...], Filled()] = (4, 2, 1)
    critic_channels: Width = 16
    critic_blocks: Annotated[tuple[Annotated[int, Limit(1, 64)], ...], Filled()] = (1, 2, 4)
    frames: Frames = 4
    shrink: Annotated[int, Limit(1, 64)] = 1
    matching: bool = True
    window: Frames | None = 3
    statistics: Literal["time", "shared"] = "shared"


_OUTLINE = LevelConfig(statistics="time")


@dataclass(frozen=True)
class CVGConfig(Settings):
    """Levels, noise and losses; the defaults train on a CPU: 16 x 16 frames, then twice as large.

    Attributes:
        levels: The first level, then the upsampling ones.
        context: Frames that a belief is made of, the last ones seen.
        encoder: Base number of channels of the encoder that makes first states of them.
        noise: Width of each level's noise.
        drawn: Whether noise is drawn once for a video, as in the paper, or anew for each frame.
        classes: Number of class labels, recorded as the signal `label`; 0 for none.
        embedding: Width of an embedded label.
        times: Times for which norms keep statistics apart, from that of the last frame seen on; later ones share the
            last of them.
        anchor: Weight of the squared distance between the last frame seen and how its belief is rendered.
        first: Weight of the squared distance of the first frames imagined, in steps in which the whole context is seen;
            for worlds in which these are nearly certain then.
        certain: How many frames these are.
        learn: Numbers of the levels that are trained, in this order, each on those below; none for all.
        average: Decay of an average of the weights; `None` for none, as in the paper.
        critic_turns: Turns of the critics to one of the generator.
        critic_rate: Factor on the critics' learning rate.
        betas: Adam's, of generators and critics.
    """

    levels: Annotated[tuple[LevelConfig, ...], Filled()] = (_OUTLINE, LevelConfig(units=(2, 1)))
    context: Frames = 2
    encoder: Width = 16
    noise: Width = 16
    drawn: Literal["video", "frame"] = "video"
    classes: Annotated[int, Limit(0, 1 << 14)] = 0
    embedding: Width = 16
    times: Frames = 8
    anchor: NotNegative = 10.0
    first: NotNegative = 0.0
    certain: Frames = 1
    learn: tuple[Whole, ...] = ()
    average: Beta | None = None
    critic_turns: Annotated[int, Limit(1, 1000)] = 2
    critic_rate: NotNegative = 2.0
    betas: tuple[Beta, Beta] = (0.0, 0.99)

    def __post_init__(self) -> None:
        super().__post_init__()
        if sorted(set(self.learn)) != sorted(self.learn) or not set(self.learn) <= set(range(len(self.levels))):
            raise InputError(f"learn is {self.learn}; it names levels once, from 0 to {len(self.levels) - 1}.")

    @property
    def learned(self) -> tuple[int, ...]:
        """The levels that are trained."""
        return self.learn or tuple(range(len(self.levels)))


def _paper(first: dict[str, Any], *rest: dict[str, Any], classes: int) -> dict[str, Any]:
    """A cascade of the paper's widths and settings (appendix 6.A)."""
    common = {"channels": 128, "critic_channels": 128, "frames": 8, "shrink": 2, "statistics": "time"}
    blocks = {"critic_blocks": (2, 4, 8, 16, 16), "window": None}
    levels = [{**common, **blocks, **first}]
    levels += [{**common, "critic_channels": 96, "critic_blocks": (1, 2, 4, 8, 16, 16), **level} for level in rest]
    return {
        "levels": tuple(levels),
        "noise": 128,
        "embedding": 128,
        "encoder": 64,
        "classes": classes,
        "times": 24,
        "critic_rate": 5.0,
        "betas": (0.0, 0.999),
    }


_SMALL = {"units": (8, 8, 4, 2)}
_LARGE = {"units": (8, 8, 4, 2, 1)}

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "kinetics64": _paper(_SMALL, {"units": (8, 8, 4, 2), "factor": 2, "rate": 2, "window": 6}, classes=600),
    "kinetics128": _paper(_SMALL, {**_LARGE, "factor": 4, "rate": 2, "window": 6}, classes=600),
    "ucf101": _paper(_SMALL, {**_LARGE, "factor": 2, "rate": 2, "window": None}, classes=101),
    "bdd256": _paper(
        _SMALL,
        {**_LARGE, "channels": 96, "factor": 2, "rate": 2, "window": 6},
        {
            "units": (8, 4, 4, 4, 2, 1),
            "channels": 96,
            "critic_blocks": (1, 2, 4, 8, 8, 16, 16),
            "factor": 2,
            "rate": 2,
            "window": 6,
        },
        classes=0,
    ),
    "three": {"levels": (_OUTLINE, LevelConfig(units=(2, 1)), LevelConfig(units=(2, 1), channels=8))},
    "tiny": {
        "levels": (
            LevelConfig(channels=4, units=(2, 1), critic_channels=4, critic_blocks=(1, 2), frames=2, statistics="time"),
            LevelConfig(channels=4, units=(2, 1), critic_channels=4, critic_blocks=(1, 2), frames=2, window=2),
        ),
        "encoder": 4,
        "noise": 4,
        "embedding": 4,
    },
}
