"""Import of the weights that the paper's authors publish, of their model `s2s_big_hier_v4`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from worldmodels.errors import CheckpointError
from worldmodels.plugins import build
from worldmodels.plugins.points import cause
from worldmodels.spec import WorldSpec
from worldmodels_vrnn.encoder import resolutions
from worldmodels_vrnn.model import VRNN

SIZE = 64
DEFAULTS = {"img_ch": 3, "n_ctx": 2, "n_hid": 64}
NEVER_CALLED = "det_init_net."
JOINT_GATES = "render_net.0.model.gates"

# A pattern of our parameters' names, and what theirs begins with; `_numbers` fills in the layers' numbers.
_BRANCH = r"(?P<net>prior|posterior)\.branches\.(?P<size>\d+)\."
_THEIR_BRANCH = "{net}_branches.layer_{map}."
_NAMES = [
    (r"encoder\.stem", "emb_net.0"),
    (r"encoder\.scales\.(?P<size>\d+)\.(?P<block>\d)\.first", "emb_net.{block}.conv_0"),
    (r"encoder\.scales\.(?P<size>\d+)\.(?P<block>\d)\.second", "emb_net.{block}.conv_1"),
    (r"encoder\.scales\.(?P<size>\d+)\.(?P<block>\d)\.shortcut", "emb_net.{block}.conv_s"),
    (r"decoder\.layers\.1\.(input|hidden)_gates", JOINT_GATES),
    (r"decoder\.layers\.(?P<size>\d+)\.input_gates", "render_net.{layer}.model.ih_gates"),
    (r"decoder\.layers\.(?P<size>\d+)\.hidden_gates", "render_net.{layer}.model.hh_gates"),
    (r"decoder\.layers\.(?P<size>\d+)\.cell_norm", "render_net.{layer}.model.c_norm"),
    (r"decoder\.ups\.(?P<size>\d+)", "render_net.{up}.main"),
    (r"decoder\.paint(?=\.[01]\.)", "render_net.11.main"),
    (r"decoder\.paint\.3", "render_net.12.model"),
    (r"decoder\.initial\.(?P<size>\d+)\.", "det_init_nets.layer_{map}."),
    (r"(?P<net>prior|posterior)\.initial\.(?P<size>\d+)\.", "{net}_init_nets.layer_{map}."),
    (_BRANCH + r"enter\.0", _THEIR_BRANCH + "0.model"),
    (_BRANCH + r"enter\.1", _THEIR_BRANCH + "1.model"),
    (_BRANCH + r"lstm\.input_gates", _THEIR_BRANCH + "2.model.ih_gates"),
    (_BRANCH + r"lstm\.hidden_gates", _THEIR_BRANCH + "2.model.hh_gates"),
    (_BRANCH + r"lstm\.cell_norm", _THEIR_BRANCH + "2.model.c_norm"),
    (_BRANCH + r"leave\.0", _THEIR_BRANCH + "3.model"),
    (_BRANCH + r"leave\.1", _THEIR_BRANCH + "4.model"),
]
_INITIAL = {"0": "0.main.0", "1": "0.main.1", "3": "1.model", "4": "2.model"}
_SIZES = resolutions((3, SIZE, SIZE))


def published_name(name: str) -> str:
    """What the authors' code calls one of our parameters; both parts of the first ConvLSTM's gates are one there."""
    name = name.removeprefix("network.")
    for pattern, theirs in _NAMES:
        found = re.match(pattern, name)
        if found:
            rest = name[found.end() :]
            if "init_nets" in theirs:
                position, _, kind = rest.partition(".")
                rest = f"{_INITIAL[position]}.{kind}"
            return theirs.format(**_numbers(found.groupdict())) + rest
    raise ValueError(f"no published name for {name!r}")


def _numbers(parts: Mapping[str, str]) -> dict[str, Any]:
    if "size" not in parts:
        return dict(parts)
    scale = _SIZES.index(int(parts["size"]))
    layer = 2 * (len(_SIZES) - 1 - scale)
    block = 3 * scale + int(parts.get("block", 0)) - (1 if scale else -1)
    return {**parts, "map": 3 * scale + 1, "layer": layer, "up": layer - 1, "block": block}


def import_checkpoint(
    weights: str | os.PathLike[str], config: str | os.PathLike[str] | None = None, *, fps: float = 10.0
) -> VRNN:
    """A model with the authors' weights.

    Args:
        weights: A plain state dict of `s2s_big_hier_v4`, as `torch.save` writes it.
        config: JSON with `img_ch`, `n_ctx` and `n_hid`; what is absent is 3, 2 and 64.
        fps: Of the videos that it was trained on; their files do not say.

    Raises:
        CheckpointError: for files that are not what they should be.
    """
    settings = _settings(config)
    model = empty_model(settings, fps)
    load_published(model, _state_dict(Path(weights)))
    return model


def empty_model(settings: Mapping[str, int], fps: float = 10.0) -> VRNN:
    """A fresh model of the authors' sizes (`DEFAULTS` names them)."""
    spec = WorldSpec((settings["img_ch"], SIZE, SIZE), fps=fps)
    model = build(VRNN, spec, "1-8-32", {"width": settings["n_hid"], "context": settings["n_ctx"]})
    assert isinstance(model, VRNN)
    return model


def load_published(model: VRNN, state: Mapping[str, Tensor]) -> None:
    """Take over a state dict in the authors' names, all of it but their network that is never called.

    Raises:
        CheckpointError: for tensors that are missing, left over or of another shape.
    """
    own = model.state_dict()
    converted = {name: _tensor(name, published_name(name), state, like) for name, like in own.items()}
    used = {published_name(name) for name in own}
    left = sorted(name for name in state if name not in used and not name.startswith(NEVER_CALLED))
    if left:
        raise CheckpointError(f"the weights hold {len(left)} tensors that s2s_big_hier_v4 has not, such as {left[0]}.")
    model.load_state_dict(converted, assign=True)


def export_published(model: VRNN) -> dict[str, Tensor]:
    """A model's weights in the authors' names, but for their network that is never called."""
    state: dict[str, Tensor] = {}
    for name, tensor in model.network.state_dict().items():
        theirs = published_name(name)
        # The input's part of the gates comes first in both.
        state[theirs] = torch.cat([state[theirs], tensor], 1) if theirs in state else tensor
    return state


def _tensor(name: str, theirs: str, state: Mapping[str, Tensor], like: Tensor) -> Tensor:
    if theirs not in state:
        raise CheckpointError(f"the weights have no tensor {theirs}; they should be a state dict of s2s_big_hier_v4.")
    tensor = state[theirs]
    if name.endswith("layers.1.input_gates.weight") or name.endswith("layers.1.hidden_gates.weight"):
        inputs = tensor.shape[1] - tensor.shape[0] // 4
        tensor = tensor[:, :inputs] if "input" in name else tensor[:, inputs:]
    if tensor.shape != like.shape:
        raise CheckpointError(
            f"the weights' {theirs} has shape {tuple(tensor.shape)}, not {tuple(like.shape)}; "
            "check img_ch, n_ctx and n_hid in the config."
        )
    return tensor.to(like.dtype).clone()


def _settings(path: str | os.PathLike[str] | None) -> dict[str, int]:
    if path is None:
        return DEFAULTS
    try:
        given = json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(given, dict):
        raise CheckpointError(f"{path} holds no JSON object; it should give {', '.join(DEFAULTS)}.")
    chosen = {name: given.get(name, default) for name, default in DEFAULTS.items()}
    for name, value in chosen.items():
        if type(value) is not int or value < 1:
            raise CheckpointError(f"{path}: {name} is {value!r}; it should be an integer of at least 1.")
    return chosen


def _state_dict(path: Path) -> dict[str, Tensor]:
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    # A damaged or malicious file may make the unpickler raise anything; none of its code is run.
    except Exception as error:
        raise CheckpointError(f"{path} cannot be read as a state dict: {cause(error)}") from error
    if not isinstance(loaded, dict) or not all(isinstance(value, Tensor) for value in loaded.values()):
        raise CheckpointError(f"{path} is no plain state dict, which would map names to tensors.")
    return {str(name).removeprefix("module."): value for name, value in loaded.items()}
