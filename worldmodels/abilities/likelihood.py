"""`Likelihood` and `Evidence`: how probable a model holds videos."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from worldmodels.batch import incoming
from worldmodels.errors import InputError
from worldmodels.inputs import check_actions, check_frames
from worldmodels.model import WorldModel
from worldmodels.noise import Noise


class LogProb(NamedTuple):
    """How probable a model holds videos.

    Attributes:
        nats: (batch,) log probability, or a bound on it: of a density over frames in [0, 1], or for `levels` of 1 of
            the frames as they are.
        numbers: How many numbers of a video were scored.
        exact: Whether it is exact; else it is a lower bound.
        levels: The grey levels of the frames, which a density is spread over: 256 for bytes.
        dequantised: Whether frames were spread evenly over their grey levels by noise, so that the density bounds the
            probability of the levels; else it was read at the levels' own values.
    """

    nats: Tensor
    numbers: int
    exact: bool
    levels: int = 256
    dequantised: bool = False

    @property
    def bits(self) -> Tensor:
        """Bits for each number (batch,), at `levels` grey levels."""
        return math.log2(self.levels) - self.nats / (self.numbers * math.log(2))


class Likelihood(WorldModel):
    """Scores videos. A model writes `_log_prob`.

    Attributes:
        least_context: How many frames it needs before the first that it scores.
    """

    least_context: int = 1

    def log_prob(
        self,
        frames: Tensor,
        actions: Tensor | None = None,
        *,
        context: int | None = None,
        samples: int = 1,
        generator: torch.Generator | None = None,
    ) -> LogProb:
        """Log probability of the frames after the context, given the context and the actions.

        Args:
            frames: (batch, time, channel, height, width).
            actions: (batch, time - 1, action).
            context: How many frames are given and not scored; `None` for `least_context`.
            samples: Draws of latents, where it is a bound; more make it tighter.
            generator: Where all randomness comes from.

        Raises:
            InputError: for wrong shapes, fewer than `least_context` frames of context, or none to score.
        """
        context = self.least_context if context is None else context
        actions = self._check_scored(frames, actions, context)
        if samples < 1:
            raise InputError(f"samples={samples} given; at least 1 draw is needed.")
        scored: LogProb = self._run_hook(self._log_prob, frames, actions, context, samples, Noise(generator))
        return scored

    @abstractmethod
    def _log_prob(
        self, frames: Tensor, actions: Tensor | None, context: int, samples: int, noise: Noise
    ) -> LogProb: ...

    def _check_scored(self, frames: Tensor, actions: Tensor | None, context: int) -> Tensor | None:
        """The actions (batch, time, action) that lead into each frame, of a clip that can be scored."""
        check_frames(self, frames)
        time = frames.shape[1]
        if not self.least_context <= context < time:
            raise InputError(
                f"videos of {time} frames with {context} of context given; {type(self).__name__} needs at least "
                f"{self.least_context} of context and one frame more to score."
            )
        return incoming(check_actions(self, actions, len(frames), time - 1, frames.device))


@dataclass(frozen=True)
class Bound:
    """The parts of an evidence bound from one draw of the latents, in nats.

    Attributes:
        log_likelihood: (batch,) of the frames that are scored.
        loss: (batch,) its opposite without the density's constant, as papers report it.
        divergences: By the name of a level of latents, its KL (batch, time, channel, ...).
    """

    log_likelihood: Tensor
    loss: Tensor
    divergences: Mapping[str, Tensor]


class Evidence(Likelihood):
    """Takes its evidence bound apart. A model writes `_evidence`."""

    def evidence(
        self, frames: Tensor, actions: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Bound:
        """The bound's parts, of the frames after `least_context`; arguments and errors as `log_prob` has them."""
        actions = self._check_scored(frames, actions, self.least_context)
        bound: Bound = self._run_hook(self._evidence, frames, actions, Noise(generator))
        return bound

    @abstractmethod
    def _evidence(self, frames: Tensor, actions: Tensor | None, noise: Noise) -> Bound: ...
