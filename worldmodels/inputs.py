"""What a model's public methods refuse, each in one line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from worldmodels.errors import InputError
from worldmodels.rollout import Belief

if TYPE_CHECKING:
    from worldmodels.model import WorldModel

MOST = 10**6
"""Steps that are imagined at once."""


def check_frames(model: WorldModel, frames: Tensor) -> None:
    """Frames are floating point (batch, time, channel, height, width) in [0, 1], on the model's device."""
    check_tensor("frames", frames)
    shape = model.spec.frame_shape
    if frames.ndim != 5 or tuple(frames.shape[2:]) != shape or 0 in frames.shape:
        wanted = ", ".join(map(str, shape))
        raise InputError(f"frames of shape {describe(frames)} given; this model takes (batch, time, {wanted}).")
    if not frames.is_floating_point():
        raise InputError(
            f"frames of {frames.dtype} given; models take float32 in [0, 1]: worldmodels.data.frames converts."
        )
    if frames.device != model.device:
        raise InputError(f"frames on {frames.device}, the model on {model.device}; move one to the other.")
    low, high = frames.detach().aminmax()
    if not (low >= 0 and high <= 1):
        raise InputError(f"frames between {low:.3g} and {high:.3g} given (NaN counts too); allowed: 0 to 1.")


def check_belief(belief: Belief, batch: int) -> None:
    """A belief has the videos' batch size."""
    batch_of(belief)
    if belief.batch_size != (batch,):
        raise InputError(f"a belief of batch size {tuple(belief.batch_size)} and {batch} videos do not match.")


def batch_of(belief: Belief) -> int:
    """The batch size of a belief, which is one."""
    size: Any = getattr(belief, "batch_size", ())  # no isinstance(): it is felt in an imagined step
    if len(size) != 1:
        raise InputError(f"{describe(belief)} given as a belief; observe(), imagine() and step() make them.")
    return int(size[0])


def check_tensor(what: str, given: Any) -> None:
    """What should be a tensor is one."""
    if not isinstance(given, Tensor):
        raise InputError(f"{what} {given!r:.80} given; a tensor is needed.")


def check_horizon(model: WorldModel, actions: Tensor | None, horizon: int | None) -> int:
    """The number of steps that actions or `horizon` say."""
    if actions is not None:
        check_tensor("actions", actions)
    if horizon is not None and (not isinstance(horizon, int) or isinstance(horizon, bool) or horizon > MOST):
        raise InputError(f"horizon {horizon!r:.80} is not a whole number from 1 to {MOST:,}.")
    given = horizon if actions is None else actions.shape[1] if actions.ndim == 3 else horizon
    if given is None or given < 1 or horizon not in (None, given):
        raise InputError(
            f"imagine takes actions (batch, horizon, {model.codec.dim}) or, in a world without actions, "
            f"horizon >= 1; got actions {describe(actions)} and horizon {horizon}."
        )
    return given


def check_actions(model: WorldModel, actions: Tensor | None, batch: int, steps: int, device: Any) -> Tensor | None:
    """Encoded actions (batch, steps, action), or `None` in an action-free world."""
    if model.codec.dim == 0 and actions is not None:
        raise InputError("actions given to a model of a world without actions; pass none.")
    if model.codec.dim == 0:
        return None
    if actions is not None:
        check_tensor("actions", actions)
    wanted = (batch, steps, model.codec.dim)
    if actions is None and steps == 0:
        return torch.zeros(wanted, device=device)
    if actions is None or tuple(actions.shape) != wanted or not actions.is_floating_point():
        raise InputError(
            f"actions (batch, time, action) must be float of shape {wanted}; got {describe(actions)}. "
            "model.codec.encode makes them."
        )
    return actions


def check_times(model: WorldModel, times: Tensor, actions: Tensor | None, batch: int) -> Tensor:
    """Times (batch, query) above 0, as floats, each within the actions that are given."""
    if times.ndim != 2 or len(times) != batch or 0 in times.shape:
        raise InputError(f"times of shape {describe(times)} given; imagine_at takes (batch={batch}, query).")
    times = times.to(model.dtype)
    low, high = times.detach().aminmax()
    if not (low > 0 and math.isfinite(high)):
        raise InputError(f"times between {low:.3g} and {high:.3g} given; allowed: above 0, in frames after the belief.")
    if actions is not None and actions.ndim == 3 and actions.shape[1] < math.ceil(high):
        raise InputError(f"time {high:.3g} given, but actions for {actions.shape[1]} frames only; give as many.")
    return times


def check_choice(what: str, index: int, count: int) -> None:
    """An index lies within a number of things."""
    if not 0 <= index < count:
        raise InputError(f"{what} {index} given; there are {count}, from 0 to {count - 1}.")


def describe(tensor: Any) -> str:
    """A tensor's shape for a message."""
    if tensor is None:
        return "none"
    return f"{tuple(tensor.shape)}" if isinstance(tensor, Tensor) else f"{tensor!r:.80}"
