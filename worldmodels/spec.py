"""`WorldSpec`: the world that a model is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gymnasium import Space

from worldmodels.errors import InputError
from worldmodels.spaces import space_from_json, space_to_json


@dataclass(frozen=True)
class WorldSpec:
    """Frames, actions and speed of a world.

    Attributes:
        frame_shape: (channel, height, width) of a frame.
        action_space: What the agent does between two frames; `None` for a world in which nobody acts.
        fps: Frames a second, above 0.
    """

    frame_shape: tuple[int, int, int]
    action_space: Space[Any] | None = None
    fps: float = 10.0

    def __post_init__(self) -> None:
        shape = tuple(self.frame_shape)
        if len(shape) != 3 or not all(isinstance(n, int) and n > 0 for n in shape) or shape[0] not in (1, 3):
            raise InputError(f"frame_shape {self.frame_shape!r} is not (channel, height, width) with 1 or 3 channels.")
        if not (isinstance(self.fps, int | float) and 0 < self.fps < float("inf")):
            raise InputError(f"fps {self.fps!r} is not a number above 0.")
        if self.action_space is not None and not isinstance(self.action_space, Space):
            raise InputError(f"action_space {self.action_space!r} is neither a Gymnasium space nor None.")
        object.__setattr__(self, "frame_shape", shape)

    def to_json(self) -> dict[str, Any]:
        """The spec in JSON types."""
        space = space_to_json(self.action_space)
        return {"frame_shape": list(self.frame_shape), "action_space": space, "fps": self.fps}

    @classmethod
    def from_json(cls, description: Any) -> WorldSpec:
        """The spec that `to_json` described.

        Raises:
            InputError: where the description is not one.
        """
        if not isinstance(description, Mapping) or not isinstance(description.get("frame_shape"), list):
            raise InputError(f"not a world spec: {description!r:.120}; it needs a list 'frame_shape'.")
        space = space_from_json(description.get("action_space"))
        return cls(tuple(description["frame_shape"]), space, description.get("fps", 10.0))
