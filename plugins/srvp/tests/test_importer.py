"""The published model written down again, straight from the paper and with the authors' tensor names, to compare."""

import importlib.metadata
import json
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import worldmodels
from worldmodels.cli.importing import GROUP
from worldmodels.cli.importing import run as import_verb
from worldmodels.errors import CheckpointError, InputError, UnknownNameError
from worldmodels_srvp.importer import import_checkpoint

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


class PublishedMLP(nn.Module):
    def __init__(self, inputs: int, hidden: int, outputs: int, layers: int) -> None:
        super().__init__()
        sizes = [inputs] + [hidden] * (layers - 1) + [outputs]
        linear = [nn.Linear(sizes[i], sizes[i + 1]) for i in range(layers)]
        self.module = nn.ModuleList([nn.ModuleList([nn.ReLU()] * (i > 0) + [linear[i]]) for i in range(layers)])

    def forward(self, x: Tensor) -> Tensor:
        for group in self.module:
            for layer in group:
                x = layer(x)
        return x


def block(conv: nn.Module, channels: int) -> nn.Sequential:
    return nn.Sequential(conv, nn.BatchNorm2d(channels), nn.LeakyReLU(0.2))


def vgg(inputs: int, outputs: int) -> nn.Sequential:
    return block(nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False), outputs)


class Parts(nn.Module):
    """A bag of modules, so that names come out as published."""

    def __init__(self, **modules: nn.Module) -> None:
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)


def vgg_parts(c: int, n: int, h: int, inputs: int, k: int) -> tuple[Parts, Parts]:
    pool, up = nn.MaxPool2d(2), nn.Upsample(scale_factor=2)
    last = nn.Sequential(nn.Conv2d(8 * n, h, 4, bias=False), nn.BatchNorm2d(h), nn.Tanh())
    down = [
        nn.Sequential(vgg(c, n), vgg(n, n)),
        nn.Sequential(pool, vgg(n, 2 * n), vgg(2 * n, 2 * n)),
        nn.Sequential(pool, vgg(2 * n, 4 * n), vgg(4 * n, 4 * n), vgg(4 * n, 4 * n)),
        nn.Sequential(pool, vgg(4 * n, 8 * n), vgg(8 * n, 8 * n), vgg(8 * n, 8 * n)),
    ]
    ups = [
        nn.Sequential(vgg(8 * n * k, 8 * n), vgg(8 * n, 8 * n), vgg(8 * n, 4 * n), up),
        nn.Sequential(vgg(4 * n * k, 4 * n), vgg(4 * n, 4 * n), vgg(4 * n, 2 * n), up),
        nn.Sequential(vgg(2 * n * k, 2 * n), vgg(2 * n, n), up),
        nn.Sequential(vgg(n * k, n), nn.ConvTranspose2d(n, c, 3, 1, 1, bias=False)),
    ]
    first = nn.Sequential(block(nn.ConvTranspose2d(inputs, 8 * n, 4, bias=False), 8 * n), up)
    encoder = Parts(conv=nn.ModuleList(down), last_conv=nn.Sequential(pool, last))
    return encoder, Parts(first_upconv=first, conv=nn.ModuleList(ups))


def dcgan_parts(c: int, n: int, h: int, inputs: int, k: int) -> tuple[Parts, Parts]:
    def half(i: int, o: int) -> nn.Module:
        return nn.Conv2d(i, o, 4, 2, 1, bias=False)

    def double(i: int, o: int) -> nn.Module:
        return nn.ConvTranspose2d(i, o, 4, 2, 1, bias=False)

    down = [nn.Sequential(half(c, n), nn.LeakyReLU(0.2))]
    down += [block(half(i, 2 * i), 2 * i) for i in (n, 2 * n, 4 * n)]
    ups = [block(double(2 * i * k, i), i) for i in (4 * n, 2 * n, n)]
    last = nn.Sequential(nn.Conv2d(8 * n, h, 4, bias=False), nn.BatchNorm2d(h), nn.Tanh())
    first = block(nn.ConvTranspose2d(inputs, 8 * n, 4, bias=False), 8 * n)
    encoder = Parts(conv=nn.ModuleList(down), last_conv=last)
    return encoder, Parts(first_upconv=first, conv=nn.ModuleList([*ups, double(n * k, c)]))


class Published(nn.Module):
    def __init__(self, c: dict[str, Any]) -> None:
        super().__init__()
        self.c, hidden, ny, nz = c, c["nh_inf"], c["ny"], c["nz"]
        parts = vgg_parts if c["archi"] == "vgg" else dcgan_parts
        self.encoder, self.decoder = parts(c["nc"], c["nf"], c["nhx"], hidden + ny, 1 + c["skipco"])
        self.w_proj = nn.Sequential(nn.Linear(c["nhx"], hidden), nn.ReLU())
        self.w_inf = nn.Sequential(nn.Linear(hidden, hidden), nn.Tanh())
        self.q_y = PublishedMLP(c["nhx"] * c["nt_inf"], hidden, 2 * ny, c["nlayers_inf"])
        self.inf_z = nn.LSTM(c["nhx"], hidden, 1)
        self.q_z = nn.Linear(hidden, 2 * nz)
        self.p_z = PublishedMLP(ny, c["nh_res"], 2 * nz, c["nlayers_res"])
        self.dynamics = PublishedMLP(ny + nz, c["nh_res"], ny, c["nlayers_res"])

    def encode(self, frame: Tensor) -> tuple[Tensor, list[Tensor]]:
        maps = []
        for layer in self.encoder.conv:  # type: ignore[union-attr]
            frame = layer(frame)
            maps.insert(0, frame)
        return self.encoder.last_conv(frame)[:, :, 0, 0], maps  # type: ignore[operator]

    def decode(self, w: Tensor, y: Tensor, maps: list[Tensor]) -> Tensor:
        x = self.decoder.first_upconv(torch.cat([w, y], 1)[:, :, None, None])  # type: ignore[operator]
        for layer, skip in zip(self.decoder.conv, maps, strict=True):  # type: ignore[arg-type]
            x = layer(torch.cat([x, skip], 1) if self.c["skipco"] else x)
        return x.sigmoid()

    def move(self, y: Tensor, z: Tensor) -> Tensor:
        for _ in range(self.c["n_euler_steps"]):
            y = y + self.dynamics(torch.cat([y, z], 1)) / self.c["n_euler_steps"]
        return y

    def film(self, frames: Tensor, horizon: int) -> Tensor:
        """The frames that follow (batch, time, ...), all latents at their means."""
        k, nz, ny = self.c["nt_inf"], self.c["nz"], self.c["ny"]
        codes, maps = zip(*[self.encode(frame) for frame in frames.unbind(1)], strict=True)
        y = self.q_y(torch.cat(codes[:k], 1))[:, :ny]
        for output in self.inf_z(torch.stack(codes))[0][1:]:
            y = self.move(y, self.q_z(output)[:, :nz])
        w = self.w_inf(sum(self.w_proj(code) for code in codes[-k:]))
        film = []
        for _ in range(horizon):
            y = self.move(y, self.p_z(y)[:, :nz])
            film.append(self.decode(w, y, maps[-1]))
        return torch.stack(film, 1)


def publish(folder: Path, settings: dict[str, Any], drop: str = "") -> tuple[Published, Path, Path]:
    torch.manual_seed(0)
    model = Published(settings).eval()
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
    film = model.render(model.imagine(model.observe(frames, temperature=0), horizon=4, temperature=0))
    with torch.no_grad():
        expected = published.film(frames, 4)
    assert (expected[:, 0] - expected[:, -1]).abs().max() > 1e-3
    torch.testing.assert_close(film, expected, atol=1e-4, rtol=0)


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
