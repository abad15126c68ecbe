"""What the contract says of shapes, dtypes and ranges."""

from __future__ import annotations

import copy

import torch
from tensordict import TensorDict
from torch import Tensor

from worldmodels.rollout import Rollout
from worldmodels.testing.case import Case, require, require_equal
from worldmodels.testing.checks.registry import check


@check
def check_belief_shape(case: Case) -> None:
    """A belief is a TensorDict with batch size (batch,), whose entries all begin with it."""
    belief = case.observe()
    require(isinstance(belief, TensorDict), f"observe returns {type(belief).__name__}", "a belief is a TensorDict")
    require(
        belief.batch_size == (case.batch,),
        f"observe returns a belief of batch size {tuple(belief.batch_size)} for {case.batch} videos",
        "a belief's batch size is (batch,)",
    )
    for name, value in belief.items():
        require(
            isinstance(value, Tensor) and value.shape[:1] == (case.batch,),
            f"the belief's entry {name!r} is {tuple(getattr(value, 'shape', ()))}",
            "every entry is a tensor that begins with the batch axis",
        )


@check
def check_rollout_shape(case: Case) -> None:
    """A rollout has beliefs of batch size (batch, time), and `last` and `constant` of (batch,)."""
    for method, rollout, time in (
        ("observe(every=True)", case.observe(every=True), case.time),
        ("imagine", case.imagine(case.observe()), case.horizon),
    ):
        require(isinstance(rollout, Rollout), f"{method} returns {type(rollout).__name__}", "it returns a Rollout")
        _require_batch(method, "beliefs", rollout.beliefs, (case.batch, time))
        _require_batch(method, "last", rollout.last, (case.batch,))
        _require_batch(method, "constant", rollout.constant, (case.batch,))


def _require_batch(method: str, part: str, belief: TensorDict, wanted: tuple[int, ...]) -> None:
    require(
        belief.batch_size == wanted,
        f"{method} gives {part} of batch size {tuple(belief.batch_size)}, not {wanted}",
        "rollout.beliefs has batch size (batch, time); last and constant have (batch,)",
    )
    for name, value in belief.items():
        require(
            tuple(value.shape[: len(wanted)]) == wanted,
            f"{method} gives {part}[{name!r}] of shape {tuple(value.shape)}, which does not begin with {wanted}",
            "every entry begins with the batch axes",
        )


@check
def check_frames(case: Case) -> None:
    """`render` gives float32 frames of the spec's shape in [0, 1], for a belief and for a rollout."""
    belief = case.observe()
    for what, frames, lead in (
        ("a belief", case.model.render(belief), (case.batch,)),
        ("a rollout", case.model.render(case.imagine(belief)), (case.batch, case.horizon)),
    ):
        wanted = (*lead, *case.spec.frame_shape)
        require(
            tuple(frames.shape) == wanted,
            f"render gives {tuple(frames.shape)} for {what}, not {wanted}",
            "rendered frames are (batch, [time,] channel, height, width) of the spec's frame_shape",
        )
        require(frames.dtype == torch.float32, f"render gives {frames.dtype}", "rendered frames are float32")
        low, high = frames.aminmax()
        inside = low >= 0 and high <= 1
        require(inside, f"render gives values from {low:.3g} to {high:.3g}", "rendered frames lie in [0, 1]")


@check
def check_features(case: Case) -> None:
    """`features` gives finite float32 vectors, of one width for beliefs and rollouts."""
    belief = case.observe()
    one, many = case.model.features(belief), case.model.features(case.imagine(belief))
    require(
        one.ndim == 2 and one.shape[0] == case.batch and one.shape[1] > 0,
        f"features gives {tuple(one.shape)} for a belief",
        "features of a belief are (batch, feature)",
    )
    wanted = (case.batch, case.horizon, one.shape[1])
    require(
        tuple(many.shape) == wanted,
        f"features gives {tuple(many.shape)} for a rollout, not {wanted}",
        "features of a rollout are (batch, time, feature)",
    )
    said = getattr(case.model, "feature_dim", None)
    same = isinstance(said, int) and said == one.shape[1]
    require(same, f"feature_dim says {said}, and features are {one.shape[1]} wide", "a model declares its feature_dim")
    require(one.dtype == many.dtype == torch.float32, f"features are {one.dtype}", "features are float32")
    require(one.isfinite().all() and many.isfinite().all(), "features hold NaN or infinity", "features are finite")


@check
def check_belief_and_rollout_agree(case: Case) -> None:
    """A belief looks the same alone and as the last time of a rollout."""
    for method, rollout in (("observe", case.observe(every=True)), ("imagine", case.imagine(case.observe()))):
        require_equal(
            case,
            case.read(rollout)[:, -1],
            case.read(rollout.last),
            f"after {method}, rollout.last looks unlike the rollout's last time",
            "rollout.last is the whole belief at the last time, with the same frames and features",
        )


@check
def check_chunks(case: Case) -> None:
    """A rollout rendered in chunks, with the neighbours that `render_context` says, is the one rendered whole."""
    model = copy.deepcopy(case.model)
    rollout = case.imagine(case.observe())
    model.render_frames = case.batch * case.horizon
    whole = model.render(rollout)
    for frames in (1, 2 * case.batch):
        model.render_frames = frames
        require_equal(
            case,
            model.render(rollout),
            whole,
            "a video rendered in chunks is not the one rendered at once",
            "render_context says how many frames to the left and right `_render` looks at",
        )
