"""`Filter`: keeps a belief for each of a batch of environments while their frames come in one by one."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from worldmodels import Belief, WorldModel
from worldmodels.data.frames import to_float
from worldmodels.errors import InputError


class Tracked(NamedTuple):
    """What to remember between two frames.

    Attributes:
        belief: The belief after the last frame, batch size (environment,).
        action: What was done since, encoded (environment, action); `None` before the first action.
    """

    belief: Belief
    action: Tensor | None = None


class Filter:
    """Turns frames of real environments into beliefs, one frame at a time.

    Args:
        model: The model that observes.
        temperature: Scales the noise of the posterior; 0 takes its means.
        generator: Where that noise comes from.
    """

    def __init__(
        self, model: WorldModel, *, temperature: float = 0.0, generator: torch.Generator | None = None
    ) -> None:
        self.model = model
        self.noise: dict[str, Any] = {"temperature": temperature, "generator": generator}

    def update(
        self, observation: NDArray[np.uint8], tracked: Tracked | None, starts: NDArray[np.bool_] | None = None
    ) -> Belief:
        """The beliefs after a new frame of each environment.

        Args:
            observation: (environment, height, width, channel), uint8.
            tracked: What was remembered after the frame before; `None` at the beginning.
            starts: (environment,), true where the frame begins a new episode.

        Raises:
            InputError: for frames that are not the model's, or a number of environments that changed.
        """
        self._check(observation)
        frames = to_float(observation[:, None], self.model.device)
        if tracked is None or (starts is not None and starts.all()):
            return self.model.observe(frames, **self.noise)
        if tracked.belief.batch_size[0] != len(observation):
            raise InputError(
                f"{len(observation)} environments given, {tracked.belief.batch_size[0]} were tracked; "
                "begin anew with state=None."
            )
        action = None if tracked.action is None else tracked.action.unsqueeze(1)
        belief = self.model.observe(frames, action, belief=tracked.belief, **self.noise)
        if starts is None or not starts.any():
            return belief
        return self._restart(belief, frames, torch.as_tensor(starts, device=frames.device))

    def _restart(self, belief: Belief, frames: Tensor, starts: Tensor) -> Belief:
        belief = belief.clone()
        belief[starts] = self.model.observe(frames[starts], **self.noise)
        return belief

    def _check(self, observation: NDArray[np.uint8]) -> None:
        channels, *sides = self.model.spec.frame_shape
        wanted = (*sides, channels)
        if observation.dtype != np.uint8 or observation.shape[1:] != wanted:
            raise InputError(
                f"the environment's observations are {observation.dtype} of shape {observation.shape[1:]}, and the "
                f"model watches uint8 frames {wanted}; a World of its recipe makes environments that give them."
            )
