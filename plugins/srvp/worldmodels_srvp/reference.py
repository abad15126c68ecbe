"""A plain reference implementation of SRVP, with the tensor names of its authors' checkpoints.

The baseline of the import's tests and of the benchmark: frames as (channel, height, width) in memory, skip
connections repeated for each frame and concatenated, each imagined frame decoded when it is imagined. It shares nothing
with the plugin's own networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

Settings = Mapping[str, Any]


class Reference(nn.Module):
    """The model of a `config.json` of the authors."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = s = settings
        hidden, ny, nz = s["nh_inf"], s["ny"], s["nz"]
        inputs, joined = hidden + ny, 1 + s["skipco"]
        parts = _vgg if s["archi"] == "vgg" else _dcgan
        self.encoder: Any
        self.decoder: Any
        self.encoder, self.decoder = parts(s["nc"], s["nf"], s["nhx"], inputs, joined, s["nx"] // 16)
        self.w_proj = nn.Sequential(nn.Linear(s["nhx"], hidden), nn.ReLU())
        self.w_inf = nn.Sequential(nn.Linear(hidden, hidden), nn.Tanh())
        self.q_y = _MLP(s["nhx"] * s["nt_inf"], hidden, 2 * ny, s["nlayers_inf"])
        self.inf_z = nn.LSTM(s["nhx"], hidden, 1)
        self.q_z = nn.Linear(hidden, 2 * nz)
        self.p_z = _MLP(ny, s["nh_res"], 2 * nz, s["nlayers_res"])
        self.dynamics = _MLP(ny + nz, s["nh_res"], ny, s["nlayers_res"])

    def imagine(self, frames: Tensor, horizon: int, temperature: float = 0.0) -> Tensor:
        """The frames (batch, horizon, ...) that follow frames (batch, time, ...)."""
        first, seen = self.settings["nt_inf"], frames.shape[1]
        codes, maps = zip(*[self._encode(frame) for frame in frames.unbind(1)], strict=True)
        y = _draw(_gaussian(self.q_y(torch.cat(codes[:first], 1))), temperature)
        outputs = self.inf_z(torch.stack(codes))[0]
        for time in range(1, seen):
            y = self._move(y, _draw(_gaussian(self.q_z(outputs[time])), temperature))[0]
        w = self._content(torch.stack(codes[-first:], 1))
        video = []
        for _ in range(horizon):
            y = self._move(y, _draw(_gaussian(self.p_z(y)), temperature))[0]
            video.append(self._decode(w, y, maps[-1]).sigmoid())
        return torch.stack(video, 1)

    def loss(self, frames: Tensor) -> Tensor:
        """What training minimises, a number, for frames (batch, time, ...)."""
        s, (batch, time) = self.settings, frames.shape[:2]
        codes, maps = self._encode(frames.flatten(0, 1))
        codes = codes.unflatten(0, (batch, time))
        q_z = _gaussian(self.q_z(self.inf_z(codes.transpose(0, 1))[0].transpose(0, 1)))
        z = _draw(q_z, 1.0)
        q_y = _gaussian(self.q_y(codes[:, : s["nt_inf"]].flatten(1)))
        y, length = self._follow(_draw(q_y, 1.0), z)
        p_z = _gaussian(self.p_z(y[:, :-1]))
        w = self._content(_chosen(codes, s["nt_inf"])).repeat_interleave(time, 0)
        source = _random(batch, time)[:, 0] + time * torch.arange(batch) if s["skipco"] else None
        skips = [level[source].repeat_interleave(time, 0) for level in maps] if source is not None else maps
        decoded = self._decode(w, y.flatten(0, 1), skips).sigmoid()
        likelihood = Normal(decoded, s["obs_scale"]).log_prob(frames.flatten(0, 1)).sum()
        divergence = kl_divergence(Normal(q_z.mean[:, 1:], q_z.stddev[:, 1:]), p_z).sum()
        begin = kl_divergence(q_y, Normal(torch.zeros_like(q_y.mean), torch.ones_like(q_y.mean))).sum()
        loss: Tensor = s["beta_y"] * begin + s["beta_z"] * divergence + s["l2_res"] * length - likelihood
        return loss / batch

    def _encode(self, frames: Tensor) -> tuple[Tensor, list[Tensor]]:
        maps: list[Tensor] = []
        for layer in self.encoder.conv:
            frames = layer(frames)
            maps.insert(0, frames)
        return self.encoder.last_conv(frames)[:, :, 0, 0], maps

    def _decode(self, w: Tensor, y: Tensor, maps: list[Tensor]) -> Tensor:
        x: Tensor = self.decoder.first_upconv(torch.cat([w, y], 1)[:, :, None, None])
        for layer, skip in zip(self.decoder.conv, maps, strict=True):
            x = layer(torch.cat([x, skip], 1) if self.settings["skipco"] else x)
        return x

    def _content(self, codes: Tensor) -> Tensor:
        w: Tensor = self.w_inf(self.w_proj(codes).sum(1))
        return w

    def _move(self, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """The next state, and how long the way was, over the batch."""
        steps, length = self.settings["n_euler_steps"], y.new_zeros(())
        for _ in range(steps):
            change = self.dynamics(torch.cat([y, z], 1)) / steps
            y, length = y + change, length + change.norm(dim=1).sum()
        return y, length

    def _follow(self, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        states, total = [y], y.new_zeros(())
        for time in range(1, z.shape[1]):
            y, length = self._move(y, z[:, time])
            states, total = [*states, y], total + length
        return torch.stack(states, 1), total


class _Parts(nn.Module):
    """Modules by name."""

    def __init__(self, **modules: nn.Module) -> None:
        super().__init__()
        for name, module in modules.items():
            self.add_module(name, module)


class _MLP(nn.Module):
    """Linear layers, ReLU before each but the first, nested as in the checkpoints."""

    def __init__(self, inputs: int, hidden: int, outputs: int, layers: int) -> None:
        super().__init__()
        sizes = [inputs, *[hidden] * (layers - 1), outputs]
        linear = [nn.Linear(*pair) for pair in pairwise(sizes)]
        self.module: Any = nn.ModuleList([nn.ModuleList([*[nn.ReLU()] * (i > 0), one]) for i, one in enumerate(linear)])

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (..., output)."""
        for group in self.module:
            for layer in group:
                x = layer(x)
        return x


def _vgg(c: int, n: int, h: int, inputs: int, k: int, size: int) -> tuple[_Parts, _Parts]:
    pool, up = nn.MaxPool2d(2), nn.Upsample(scale_factor=2)
    down = [
        nn.Sequential(_same(c, n), _same(n, n)),
        nn.Sequential(pool, _same(n, 2 * n), _same(2 * n, 2 * n)),
        nn.Sequential(pool, _same(2 * n, 4 * n), _same(4 * n, 4 * n), _same(4 * n, 4 * n)),
        nn.Sequential(pool, _same(4 * n, 8 * n), _same(8 * n, 8 * n), _same(8 * n, 8 * n)),
    ]
    ups = [
        nn.Sequential(_same(8 * n * k, 8 * n), _same(8 * n, 8 * n), _same(8 * n, 4 * n), up),
        nn.Sequential(_same(4 * n * k, 4 * n), _same(4 * n, 4 * n), _same(4 * n, 2 * n), up),
        nn.Sequential(_same(2 * n * k, 2 * n), _same(2 * n, n), up),
        nn.Sequential(_same(n * k, n), nn.ConvTranspose2d(n, c, 3, 1, 1, bias=False)),
    ]
    first = nn.Sequential(_first(inputs, 8 * n, size), up)
    encoder = _Parts(conv=nn.ModuleList(down), last_conv=nn.Sequential(pool, _last(8 * n, h, size)))
    return encoder, _Parts(first_upconv=first, conv=nn.ModuleList(ups))


def _dcgan(c: int, n: int, h: int, inputs: int, k: int, size: int) -> tuple[_Parts, _Parts]:
    def half(i: int, o: int) -> nn.Module:
        return nn.Conv2d(i, o, 4, 2, 1, bias=False)

    def double(i: int, o: int) -> nn.Module:
        return nn.ConvTranspose2d(i, o, 4, 2, 1, bias=False)

    down = [nn.Sequential(half(c, n), nn.LeakyReLU(0.2)), *(_block(half(i, 2 * i), 2 * i) for i in (n, 2 * n, 4 * n))]
    ups = [*(_block(double(2 * i * k, i), i) for i in (4 * n, 2 * n, n)), double(n * k, c)]
    encoder = _Parts(conv=nn.ModuleList(down), last_conv=_last(8 * n, h, size))
    return encoder, _Parts(first_upconv=_first(inputs, 8 * n, size), conv=nn.ModuleList(ups))


def _block(layer: nn.Module, outputs: int) -> nn.Sequential:
    return nn.Sequential(layer, nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2))


def _same(inputs: int, outputs: int) -> nn.Sequential:
    return _block(nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False), outputs)


def _first(inputs: int, outputs: int, size: int) -> nn.Sequential:
    return _block(nn.ConvTranspose2d(inputs, outputs, size, bias=False), outputs)


def _last(inputs: int, outputs: int, size: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, size, bias=False), nn.BatchNorm2d(outputs), nn.Tanh())


def _gaussian(raw: Tensor) -> Normal:
    mean, std = raw.chunk(2, -1)
    return Normal(mean, F.softplus(std) + 1e-8)


def _draw(gaussian: Normal, temperature: float) -> Tensor:
    return gaussian.mean + temperature * gaussian.stddev * torch.randn(gaussian.mean.shape, dtype=gaussian.mean.dtype)


def _random(batch: int, time: int) -> Tensor:
    """The frames of each video (batch, time) in random order."""
    return torch.rand(batch, time).argsort(1)


def _chosen(codes: Tensor, count: int) -> Tensor:
    """The encodings of that many random frames of each video."""
    index = _random(*codes.shape[:2])[:, :count]
    return torch.stack([code[i] for code, i in zip(codes, index, strict=True)])
