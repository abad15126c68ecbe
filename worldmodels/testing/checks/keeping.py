"""What it says of weights, dtypes and wrong input."""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, is_dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from worldmodels.batch import incoming
from worldmodels.checkpoints import load, save
from worldmodels.config import build_config
from worldmodels.errors import CheckpointError, InputError
from worldmodels.heads import attach_heads
from worldmodels.model import WorldModel
from worldmodels.noise import Noise
from worldmodels.plugins import name_of
from worldmodels.testing.case import Case, ConformanceError, require, require_equal
from worldmodels.testing.checks.registry import check


@check
def check_config_survives_json(case: Case) -> None:
    """The config written as JSON and read again is the same config."""
    config = case.model.config
    contract = "Config is a frozen dataclass of plain types (numbers, strings, tuples, dicts, dataclasses of these)"
    frozen = is_dataclass(config) and bool(getattr(type(config), "__dataclass_params__").frozen)  # noqa: B009
    require(frozen, f"the config {config!r:.80} is no frozen dataclass", contract)
    try:
        again = build_config(type(config), json.loads(json.dumps(asdict(config))))
    except (TypeError, ValueError, LookupError) as error:
        raise ConformanceError(f"the config cannot be written as JSON and read again ({error})", contract) from error
    require(again == config, f"the config {config} comes back from JSON as {again}", contract)


@check
def check_checkpoints(case: Case) -> None:
    """`worldmodels.save` and `load` give the same model back, where it is an installed plugin."""
    if name_of(case.model) is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            loaded = load(save(case.model, Path(folder) / "checkpoint"))
        except (CheckpointError, InputError) as error:
            raise ConformanceError(
                f"the model cannot be saved and loaded ({error})", "what is saved can be loaded"
            ) from error
    require_equal(
        case,
        _future(case, loaded),
        _future(case, case.model),
        "a loaded model behaves unlike the saved one",
        "spec, config and state_dict are all there is to a model",
    )


@check
def check_weights_survive_saving(case: Case) -> None:
    """A fresh model with the same config and saved weights is the same model."""
    config = case.model.config
    other = type(case.model)(case.spec, type(config)(**vars(config)))
    attach_heads(other, {name: case.model.heads.named(name).config for name in case.model.heads})
    saved = {name: tensor.clone() for name, tensor in case.model.state_dict().items()}
    try:
        other.load_state_dict(saved)
    except RuntimeError as error:
        raise ConformanceError(
            f"a model built from its own config does not take its own weights ({_first_line(error)})",
            "spec, config and state_dict are all there is to a model",
        ) from error
    require_equal(
        case,
        _future(case, other),
        _future(case, case.model),
        "a model with the same spec, config and weights behaves differently",
        "spec, config and state_dict are all there is to a model",
    )


def _future(case: Case, model: WorldModel) -> Tensor:
    """What a model imagines after this case's frames."""
    other = replace(case, make=lambda _: model, spread=0.0)
    return other.read(other.imagine(other.observe()))


_FOLLOW = "tensors made inside take dtype and device from the input or the parameters"


@check
def check_double_precision(case: Case) -> None:
    """The model follows its parameters' dtype, so no tensor of a fixed dtype is mixed in."""
    model = copy.deepcopy(case.model).double()
    actions, future = (None if drawn is None else drawn.double() for drawn in _all_actions(case))
    try:
        belief = model.observe(case.frames.double(), actions, **case.options)
        rollout = model.imagine(belief, future, horizon=case.horizon, **case.options)
        seen = {"features": model.features(rollout), "frames": model.render(rollout)}
    except RuntimeError as error:
        raise ConformanceError(f"a model in double precision fails: {_first_line(error)}", _FOLLOW) from error
    for what, value in seen.items():
        mixed = value.dtype != torch.float64
        require(not mixed, f"{what} of a model in double precision are {value.dtype}", _FOLLOW)


@check
def check_another_device(case: Case) -> None:
    """The model runs where its parameters are: on a GPU, or where there is none on PyTorch's meta device."""
    device = torch.device("cuda" if torch.cuda.is_available() else "meta")
    model = copy.deepcopy(case.model).to(device)
    actions, future = (None if drawn is None else drawn.to(device) for drawn in _all_actions(case))
    try:
        _run_through(model, case.frames.to(device), actions, future, case.horizon)
    except (RuntimeError, NotImplementedError) as error:
        # What reads a value, as `.item()` does, cannot be tried on meta; a mixture of devices always says so.
        mixed = "device" in str(error) and "Tensor.item()" not in str(error)
        raised = f"a model on {device.type} mixes in a tensor of another device: {_first_line(error)}"
        require(device.type == "meta" and not mixed, raised, _FOLLOW)


def _run_through(
    model: WorldModel, frames: Tensor, actions: Tensor | None, future: Tensor | None, horizon: int
) -> None:
    """The plugin's own methods alone: the public ones look at values, which a meta tensor has not."""
    noise = Noise(None, 0.0)
    with torch.no_grad():
        seen = model._observe(frames, incoming(actions), None, noise)
        for rollout in (seen, model._imagine(seen.last, future, horizon, noise)):
            model._features(rollout.beliefs, rollout.constant)
            model._render(rollout.beliefs, rollout.constant)


def _all_actions(case: Case) -> tuple[Tensor | None, Tensor | None]:
    return case.actions(case.time - 1), case.actions(case.horizon, seed=1)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


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
    raise ConformanceError(f"{what} raise no InputError", "bad input gets one clear line")
