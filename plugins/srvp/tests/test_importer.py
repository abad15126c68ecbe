"""The import, beside the published model written down plainly."""

import importlib.metadata
import json
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import worldmodels
from worldmodels.batch import Batch
from worldmodels.cli.importing import GROUP
from worldmodels.cli.importing import run as import_verb
from worldmodels.errors import CheckpointError, InputError, UnknownNameError
from worldmodels.stages import Moment
from worldmodels_srvp.importer import import_checkpoint
from worldmodels_srvp.reference import Reference

SMALL = {
    "nx": 64,
    "nc": 3,
    "nf": 4,
    "nhx": 16,
    "ny": 6,
    "nz": 5,
    "skipco": True,
    "nt_inf": 3,
    "nh_inf": 12,
    "nlayers_inf": 3,
    "nh_res": 14,
    "nlayers_res": 4,
    "archi": "vgg",
    "res_gain": 1.2,
    "n_euler_steps": 2,
    "obs_scale": 0.2,
    "beta_y": 1,
    "beta_z": 1,
    "l2_res": 1,
    "nt_cond": 4,
    "seq_len": 8,
}
DIGITS = {**SMALL, "nc": 1, "archi": "dcgan", "skipco": False, "nt_inf": 2, "n_euler_steps": 1}


def publish(folder: Path, settings: dict[str, Any], drop: str = "") -> tuple[Reference, Path, Path]:
    torch.manual_seed(0)
    model = Reference(settings).eval()
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.xavier_normal_(module.weight, 1.3)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0, 0.1)  # type: ignore[arg-type]
            nn.init.uniform_(module.running_var, 0.5, 1.5)  # type: ignore[arg-type]
    tensors = {name: tensor for name, tensor in model.state_dict().items() if name != drop}
    torch.save(tensors, folder / "model.pt")
    (folder / "config.json").write_text(json.dumps(settings))
    return model, folder / "model.pt", folder / "config.json"


@pytest.mark.parametrize("settings", [SMALL, DIGITS, {**DIGITS, "skipco": True}], ids=["vgg", "dcgan", "dcgan+skips"])
def test_an_imported_model_makes_the_published_film(settings: dict[str, Any], tmp_path: Path) -> None:
    published, weights, config = publish(tmp_path, settings)
    model = import_checkpoint(weights, config)
    frames = torch.rand(2, 5, settings["nc"], 64, 64)
    video = model.render(model.imagine(model.observe(frames, temperature=0), horizon=4, temperature=0))
    with torch.no_grad():
        expected = published.imagine(frames, 4)
    assert (expected[:, 0] - expected[:, -1]).abs().max() > 1e-3
    torch.testing.assert_close(video, expected, atol=1e-4, rtol=0)


@pytest.mark.parametrize("settings", [SMALL, DIGITS, {**DIGITS, "skipco": True}], ids=["vgg", "dcgan", "dcgan+skips"])
def test_an_imported_model_trains_on_the_published_loss(settings: dict[str, Any], tmp_path: Path) -> None:
    published, weights, config = publish(tmp_path, settings)
    model, published = import_checkpoint(weights, config).train().double(), published.train().double()
    frames, losses = torch.rand(3, 5, settings["nc"], 64, 64, dtype=torch.float64), []
    for loss in (published.loss, lambda frames: model.losses(Batch(frames), Moment.at(0.0))["total"]):
        torch.manual_seed(0)
        losses.append(loss(frames))
        losses[-1].backward()
    gradients = [published.q_y.module[0][0].weight.grad, model.inference.q_y[0].weight.grad]  # type: ignore[index]
    torch.testing.assert_close(losses[1], losses[0])
    torch.testing.assert_close(gradients[1], gradients[0])


def test_a_missing_tensor_is_named(tmp_path: Path) -> None:
    _, weights, config = publish(tmp_path, DIGITS, drop="q_z.weight")
    with pytest.raises(CheckpointError, match=r"lacks inference\.q_z\.weight"):
        import_checkpoint(weights, config)


def test_weights_of_another_size_are_refused(tmp_path: Path) -> None:
    _, weights, config = publish(tmp_path, DIGITS)
    config.write_text(json.dumps({**DIGITS, "ny": 9}))
    with pytest.raises(CheckpointError, match="another shape of"):
        import_checkpoint(weights, config)


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "as JSON"), ("{}", "lacks"), ("[]", "no config"), (json.dumps({**DIGITS, "archi": "resnet"}), "resnet")],
)
def test_a_foreign_config_is_refused(text: str, message: str, tmp_path: Path) -> None:
    _, weights, config = publish(tmp_path, DIGITS)
    config.write_text(text)
    with pytest.raises(CheckpointError, match=message):
        import_checkpoint(weights, config)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint"])
def test_damaged_weights_are_refused(content: bytes, tmp_path: Path) -> None:
    _, weights, config = publish(tmp_path, DIGITS)
    weights.write_bytes(content)
    with pytest.raises(CheckpointError, match="cannot be read"):
        import_checkpoint(weights, config)


def test_weights_that_would_run_code_are_refused(tmp_path: Path) -> None:
    _, weights, config = publish(tmp_path, DIGITS)
    torch.save({"model": Path}, weights)
    with pytest.raises(CheckpointError, match="cannot be read"):
        import_checkpoint(weights, config)


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.metadata.entry_points
    ours = EntryPoints([EntryPoint("srvp", "worldmodels_srvp.importer:import_checkpoint", GROUP)])
    monkeypatch.setattr(
        importlib.metadata, "entry_points", lambda **which: ours if which.get("group") == GROUP else found(**which)
    )


@pytest.mark.usefixtures("announced")
@pytest.mark.parametrize("form", ["{0}={1}", "--{0}={1}", "--{0} {1}"])
def test_the_verb_leaves_a_checkpoint_that_loads(form: str, tmp_path: Path) -> None:
    _, weights, config = publish(tmp_path, DIGITS)
    settings = {"weights": weights, "config": config, "out": tmp_path / "model", "options.fps": 25}
    words = [word for item in settings.items() for word in form.format(*item).split(" ")]
    assert import_verb(["srvp", *words]) == 0
    loaded = worldmodels.load(tmp_path / "model")
    expected = import_checkpoint(weights, config).state_dict()
    assert loaded.spec.fps == 25
    assert loaded.state_dict().keys() == expected.keys()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in loaded.state_dict().items())


@pytest.mark.usefixtures("announced")
@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["srpv", "weights=w", "config=c", "out=o"], UnknownNameError, "srvp"),
        (["srvp", "weights=w", "config=c"], InputError, "out="),
        (["srvp", "weights=w", "config=c", "out=o", "options.fsp=3"], UnknownNameError, "fps"),
        (["srvp", "weights=w", "config=nowhere.json", "out=o"], CheckpointError, r"nowhere\.json"),
    ],
)
def test_the_verb_says_what_is_wrong(words: list[str], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        import_verb(words)
