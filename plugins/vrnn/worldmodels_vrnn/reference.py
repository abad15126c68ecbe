"""A plain reference implementation of `s2s_big_hier_v4`, on a state dict in its authors' names, means for draws.

The baseline of the import's tests and of the benchmark: each layer of each ConvLSTM frame after frame, and
nothing shared with the plugin's own networks.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

Weights = Mapping[str, Tensor]

LATENTS = {16: 1, 10: 8, 4: 32}
DECODER = {0: 16, 2: 13, 4: 10, 6: 7, 8: 4, 10: 1}


def teacher_forced(
    weights: Weights, frames: Tensor, context: int, prior: bool = False
) -> tuple[Tensor, list[tuple[Tensor, Tensor]], list[tuple[Tensor, Tensor]]]:
    """Predictions of the frames after the context, each from the true frame before it and the latents' means.

    Args:
        weights: The authors' state dict.
        frames: (batch, time, channel, 64, 64).
        context: Frames of context.
        prior: Whether the latents are the prior's means rather than the posterior's.

    Returns:
        Frames (batch, time - context, channel, 64, 64), and mean and variance of each level of the posterior and of
        the prior.
    """
    maps = _embed(weights, frames)
    now = {layer: value[:, context:] for layer, value in maps.items()}
    before = {layer: value[:, context - 1 : -1] for layer, value in maps.items()}
    begin = {layer: value[:, :context].flatten(1, 2) for layer, value in maps.items()}
    q = _latents(weights, "posterior", now, begin, None)
    p = _latents(weights, "prior", before, begin, None if prior else [mean for mean, _ in q])
    return _render(weights, before[16], [mean for mean, _ in (p if prior else q)], begin), q, p


def sample(weights: Weights, frames: Tensor, context: int, horizon: int) -> Tensor:
    """The authors' way to imagine: every new frame runs the whole video again, so `horizon` frames cost its square."""
    for _ in range(horizon):
        video = torch.cat([frames, frames[:, -1:]], 1)
        following = teacher_forced(weights, video, context, prior=True)[0][:, -1:]
        frames = torch.cat([frames, following], 1)
    return frames[:, -horizon:]


def kl(mean: Tensor, variance: Tensor, other_mean: Tensor, other_variance: Tensor) -> Tensor:
    """KL of a Gaussian from another one, of every entry, in nats."""
    distance = (mean - other_mean).square()
    return 0.5 * ((variance + distance) / other_variance - 1 + other_variance.log() - variance.log())


def _embed(w: Weights, frames: Tensor) -> dict[int, Tensor]:
    out, maps = _conv(w, "emb_net.0", frames.flatten(0, 1)), {}
    for layer in (1, 3, 4, 6, 7, 9, 10, 12, 13, 15, 16):
        if layer in (3, 6, 9, 12):
            out = F.max_pool2d(out, 2)
        elif layer == 15:
            out = F.max_pool2d(out, 4, 1)
        out = _residual(w, f"emb_net.{layer}", out, 1 if layer > 13 else 4)
        maps[layer] = out.unflatten(0, frames.shape[:2])
    return maps


def _residual(w: Weights, name: str, x: Tensor, groups: int) -> Tensor:
    dx = _norm(w, f"{name}.conv_0.1", _conv(w, f"{name}.conv_0.0", F.leaky_relu(x, 0.2)), groups)
    dx = _norm(w, f"{name}.conv_1.1", _conv(w, f"{name}.conv_1.0", F.leaky_relu(dx, 0.2)), groups)
    return (_conv(w, f"{name}.conv_s", x) if f"{name}.conv_s.weight" in w else x) + 0.1 * dx


def _latents(
    w: Weights, net: str, maps: dict[int, Tensor], begin: dict[int, Tensor], given: list[Tensor] | None
) -> list[tuple[Tensor, Tensor]]:
    levels: list[tuple[Tensor, Tensor]] = []
    for level, (layer, size) in enumerate(LATENTS.items()):
        name, groups = f"{net}_branches.layer_{layer}", 1 if size == 1 else 16
        x = _norm(w, f"{name}.1.model", _conv(w, f"{name}.0.model", maps[layer].flatten(0, 1)), groups)
        state = _begin(w, f"{net}_init_nets.layer_{layer}", begin[layer], groups)
        x = _lstm(w, f"{name}.2.model", x.unflatten(0, maps[layer].shape[:2]), state).flatten(0, 1)
        coarser = [mean for mean, _ in levels] if given is None else given[:level]
        x = torch.cat([x, *(F.interpolate(z.flatten(0, 1), size=(size, size)) for z in coarser)], 1)
        x = _norm(w, f"{name}.4.model", _conv(w, f"{name}.3.model", x), groups).unflatten(0, maps[layer].shape[:2])
        mean, variance = x.chunk(2, 2)
        levels.append((mean, F.softplus(variance)))
    return levels


def _render(w: Weights, embedding: Tensor, latents: list[Tensor], begin: dict[int, Tensor]) -> Tensor:
    out, joined = embedding, dict(zip((0, 4, 8), latents, strict=True))
    for layer, source in DECODER.items():
        out = torch.cat([out, joined[layer]], 2) if layer in joined else out
        state = _begin(w, f"det_init_nets.layer_{source}", begin[source], 1 if layer == 0 else 16)
        out = _lstm(w, f"render_net.{layer}.model", out, state)
        if layer < 10:
            name, stride = f"render_net.{layer + 1}.main", (1, 0) if layer == 0 else (2, 1)
            up = F.conv_transpose2d(out.flatten(0, 1), w[f"{name}.0.weight"], w[f"{name}.0.bias"], *stride)
            out = F.leaky_relu(_norm(w, f"{name}.1", up, 4), 0.2).unflatten(0, out.shape[:2])
    painted = _norm(w, "render_net.11.main.1", _conv(w, "render_net.11.main.0", out.flatten(0, 1)), 4)
    frames: Tensor = _conv(w, "render_net.12.model", F.leaky_relu(painted, 0.2)).sigmoid()
    return frames.view(out.shape[:2] + frames.shape[1:])


def _begin(w: Weights, name: str, context: Tensor, groups: int) -> tuple[Tensor, Tensor]:
    x = F.leaky_relu(_norm(w, f"{name}.0.main.1", _conv(w, f"{name}.0.main.0", context), 4), 0.2)
    hidden, cell = _norm(w, f"{name}.2.model", _conv(w, f"{name}.1.model", x), groups).chunk(2, 1)
    return hidden, cell


def _lstm(w: Weights, name: str, inputs: Tensor, state: tuple[Tensor, Tensor]) -> Tensor:
    hidden, cell = state
    outputs = []
    for x in inputs.unbind(1):
        if f"{name}.gates.weight" in w:
            gates = _conv(w, f"{name}.gates", torch.cat([x, hidden], 1))
        else:
            gates = _norm(w, f"{name}.ih_gates.1", _conv(w, f"{name}.ih_gates.0", x), 16)
            gates = gates + _norm(w, f"{name}.hh_gates.1", _conv(w, f"{name}.hh_gates.0", hidden), 16)
        i, f, o, g = gates.chunk(4, 1)
        cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
        cell = _norm(w, f"{name}.c_norm", cell, 16) if f"{name}.c_norm.weight" in w else cell
        hidden = o.sigmoid() * cell.tanh()
        outputs.append(hidden)
    return torch.stack(outputs, 1)


def _conv(w: Weights, name: str, x: Tensor) -> Tensor:
    weight = w[f"{name}.weight"]
    return F.conv2d(x, weight, w.get(f"{name}.bias"), padding=weight.shape[-1] // 2)


def _norm(w: Weights, name: str, x: Tensor, groups: int) -> Tensor:
    return F.group_norm(x, groups, w[f"{name}.weight"], w[f"{name}.bias"])
