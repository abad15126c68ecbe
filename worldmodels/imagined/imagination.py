"""`Imagination`: one model call a step for a batch of environments, with their rewards and endings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from worldmodels.data.frames import to_float
from worldmodels.errors import InputError
from worldmodels.imagined.disagreement import Disagreement
from worldmodels.imagined.observer import host
from worldmodels.imagined.starts import Start
from worldmodels.model import WorldModel
from worldmodels.noise import Noise
from worldmodels.readout import Readout
from worldmodels.rewards import RewardFunction, TerminationFunction
from worldmodels.rollout import Belief
from worldmodels.transitions import Transitions

Array = np.ndarray[Any, Any]
_NOTHING: dict[str, Array] = {}


class ImaginedStep(NamedTuple):
    """What a step led to.

    Attributes:
        readout: Where it led, and what can be read from there.
        rewards: float64 (batch,).
        terminated: bool (batch,), or `None` where nothing ever terminates.
        measures: By name float64 (batch,), what else is known about the step.
    """

    readout: Readout
    rewards: Array
    terminated: Array | None
    measures: Mapping[str, Array]


class Imagination:
    """Begins and steps batches of beliefs.

    Args:
        model: The model that imagines.
        reward: What a step is worth.
        termination: Whether a step ends the episode; `None` for never.
        temperature: Scales the noise of every latent.
        sample_termination: Draw endings with their probability, rather than cut it at a half.
        disagreement: How to measure the model's uncertainty; `None` for not at all.

    Raises:
        InputError: for a temperature that `Noise` does not take.
    """

    def __init__(
        self,
        model: WorldModel,
        reward: RewardFunction,
        termination: TerminationFunction | None,
        temperature: float,
        sample_termination: bool,
        disagreement: Disagreement | None,
    ) -> None:
        self.model = model
        self.generator = torch.Generator(model.device)
        self._reward, self._termination = reward, termination
        self._noise, self._sample_termination = Noise(self.generator, temperature), sample_termination
        self._disagreement = disagreement

    def begin(self, start: Start | Belief, batch: int) -> Belief:
        """The beliefs after watching `batch` starts.

        Raises:
            InputError: where there are more or fewer, or their frames do not fit the model.
        """
        if not isinstance(start, Start):
            return self._begin_at(start, batch)
        self._check_frames(start.frames, batch)
        device = self.model.device
        acted = self.model.codec.dim and start.actions is not None
        actions = self.model.codec.encode(start.actions, device) if acted else None
        return self.model.observe(
            to_float(start.frames, device), actions, generator=self.generator, temperature=self._noise.temperature
        )

    def step(self, belief: Belief, features: Tensor | None, actions: Tensor | None) -> ImaginedStep:
        """One step under encoded actions (batch, action); `features` are the belief's, where they are known."""
        if self._disagreement is None:
            # `model.step` would look once more at what `ActionReader` has seen to.
            after, measures = self.model._step(belief, actions, self._noise), _NOTHING
            transitions = Transitions(self.model, belief, after, actions, features)
        else:
            after, transitions, measures = self._step_often(self._disagreement, belief, features, actions)
        rewards = host(_checked("reward", self._reward(transitions), after)).astype(np.float64)
        if self._disagreement is not None and self._disagreement.penalty:
            rewards -= self._disagreement.penalty * measures["disagreement"]
        ended = None if self._termination is None else self._ended(self._termination, transitions, after)
        return ImaginedStep(transitions.arrival, rewards, ended, measures)

    def _step_often(
        self, disagreement: Disagreement, belief: Belief, features: Tensor | None, actions: Tensor | None
    ) -> tuple[Belief, Transitions, dict[str, Array]]:
        rows, first = disagreement.rows(int(belief.batch_size[0]), self.model.device)
        wide = (belief[rows], None if actions is None else actions[rows], None if features is None else features[rows])
        ends = self.model._step(wide[0], wide[1], self._noise)
        samples = Transitions(self.model, wide[0], ends, wide[1], wide[2])
        values = samples.features if disagreement.of == "features" else self._rewards(samples, ends)
        spread = host(disagreement.measure(values)).astype(np.float64)
        after = ends[first]
        transitions = Transitions(self.model, belief, after, actions, features)
        seen = samples.arrival.known_features
        transitions.arrival.known_features = None if seen is None else seen[first]
        return after, transitions, {"disagreement": spread}

    def _rewards(self, transitions: Transitions, after: Belief) -> Tensor:
        return _checked("reward", self._reward(transitions), after)

    def _ended(self, termination: TerminationFunction, transitions: Transitions, after: Belief) -> Array:
        chance = _checked("termination", termination(transitions), after)
        limit: Any = 0.5
        if self._sample_termination:
            limit = torch.rand(chance.shape, generator=self.generator, device=chance.device)
        return host(chance > limit)

    def _begin_at(self, belief: Belief, batch: int) -> Belief:
        if tuple(belief.batch_size) != (batch,):
            raise InputError(f"beliefs of batch size {tuple(belief.batch_size)} given as starts; needed: ({batch},).")
        return belief.to(self.model.device)

    def _check_frames(self, frames: Array, batch: int) -> None:
        channel, height, width = self.model.spec.frame_shape
        fits = frames.ndim == 5 and frames.shape[0] == batch and frames.shape[2:] == (height, width, channel)
        if not fits or frames.dtype != np.uint8 or not frames.shape[1]:
            raise InputError(
                f"the starts' frames are {frames.dtype} of shape {frames.shape}; this model takes uint8 "
                f"({batch}, time, {height}, {width}, {channel})."
            )


def _checked(what: str, values: Tensor, after: Belief) -> Tensor:
    """A wrong axis would be broadcast without a word."""
    if not isinstance(values, Tensor) or values.shape != after.batch_size:
        got = f"shape {tuple(values.shape)}" if isinstance(values, Tensor) else f"a {type(values).__name__}"
        raise InputError(f"the {what} function must give a tensor of shape {tuple(after.batch_size)}; it gave {got}.")
    return values
