"""What a pendulum's world is made of, and the named variants."""

from __future__ import annotations

from dataclasses import dataclass

from worldmodels_envs.variants import Variants


@dataclass(frozen=True)
class PendulumConfig:
    """A pendulum under gravity, friction and a torque that is drawn for each frame.

    After the data of deep variational Bayes filters (Karl et al., 2017), which SRVP's appendix E takes up; their
    texts leave much open, and what they do (step, torques, start, picture, noise) was chosen here.

    Args:
        size: Height and width of a frame, px.
        step: Time between two frames, s.
        mass: kg.
        length: m.
        gravity: m/s².
        friction: Torque per angular velocity, kg m²/s.
        torque: Torques are uniform in -torque..torque, kg m²/s².
        velocity: First angular velocities are uniform in -velocity..velocity, rad/s; first angles are any.
        noise: Standard deviation of the Gaussian noise of every pixel, of which black is 0 and white 1.

    Raises:
        ValueError: A value is out of range.
    """

    size: int = 16
    step: float = 0.1
    mass: float = 1.0
    length: float = 1.0
    gravity: float = 9.81
    friction: float = 0.5
    torque: float = 2.0
    velocity: float = 3.0
    noise: float = 0.05

    def __post_init__(self) -> None:
        if self.size < 8:
            raise ValueError(f"size is {self.size} px, must be at least 8")
        for name in ("step", "mass", "length"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} is {getattr(self, name)}, must be above 0")
        for name in ("gravity", "friction", "torque", "velocity", "noise"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} is {getattr(self, name)}, must be at least 0")


VARIANTS = Variants(
    "Pendulum",
    {
        "driven": PendulumConfig(),
        "free": PendulumConfig(torque=0.0),
    },
)
resolve_config = VARIANTS.resolve
