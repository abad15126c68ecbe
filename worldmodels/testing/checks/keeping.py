"""What it says of weights, dtypes and wrong input."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch

from worldmodels.errors import InputError
from worldmodels.testing.case import Case, ConformanceError, require, require_equal
from worldmodels.testing.checks.registry import check


@check
def check_weights_survive_saving(case: Case) -> None:
    """A fresh model with the same config and saved weights is the same model."""
    config = case.model.config
    other = type(case.model)(case.spec, type(config)(**vars(config)))
    saved = {name: tensor.clone() for name, tensor in case.model.state_dict().items()}
    try:
        other.load_state_dict(saved)
    except RuntimeError as error:
        raise ConformanceError(
            f"a model built from its own config does not take its own weights ({str(error).splitlines()[0]}). The "
            "contract: spec, config and state_dict are all there is to a model."
        ) from error
    copy_ = Case(lambda _: other, case.spec, case.batch, case.time, case.horizon, case.seed)
    copy_.__dict__["model"] = other.eval()
    require_equal(
        case,
        copy_.read(copy_.imagine(copy_.observe())),
        case.read(case.imagine(case.observe())),
        "a model with the same spec, config and weights behaves differently",
        "spec, config and state_dict are all there is to a model",
    )


@check
def check_double_precision(case: Case) -> None:
    """The model follows its parameters' dtype, so no tensor of a fixed dtype or device is mixed in."""
    model = copy.deepcopy(case.model).double()
    actions = case.actions(case.time - 1)
    try:
        belief = model.observe(case.frames.double(), None if actions is None else actions.double(), **case.options)
        features = model.features(belief)
    except RuntimeError as error:
        raise ConformanceError(
            f"a model in double precision fails: {str(error).splitlines()[0]}. The contract: tensors made inside take "
            "dtype and device from the input or the parameters."
        ) from error
    require(
        features.dtype == torch.float64,
        f"features of a model in double precision are {features.dtype}",
        "tensors made inside take dtype and device from the input or the parameters",
    )


@check
def check_clear_errors(case: Case) -> None:
    """Wrong input raises `InputError`, on one line."""
    model = case.model
    bad = {
        "frames of another shape": case.frames[:, :, :, :-1],
        "frames without a time axis": case.frames[:, 0],
        "frames of bytes": (case.frames * 255).to(torch.uint8),
        "frames above 1": case.frames * 2,
        "frames with NaN": torch.full_like(case.frames, float("nan")),
    }
    for what, frames in bad.items():
        _require_error(lambda frames=frames: model.observe(frames, case.actions(case.time - 1)), what)  # type: ignore[misc]
    wrong = torch.zeros(case.batch, case.time - 1, case.width + 1)
    _require_error(lambda: model.observe(case.frames, wrong), "actions of another width")
    _require_error(lambda: model.imagine(case.observe(), wrong), "actions of another width in imagine")
    _require_error(lambda: model.imagine(case.observe()), "neither actions nor a horizon")


def _require_error(call: Callable[[], object], what: str) -> None:
    try:
        call()
    except InputError as error:
        require("\n" not in str(error), f"{what} raise an error of several lines", "bad input gets one clear line")
        return
    raise ConformanceError(f"{what} raise no InputError. The contract: bad input gets one clear line.")
