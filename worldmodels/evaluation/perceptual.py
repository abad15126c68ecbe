"""LPIPS v0.1 with AlexNet (Zhang et al., "The Unreasonable Effectiveness of Deep Features", 2018)."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from worldmodels.errors import MetricUnavailableError
from worldmodels.evaluation.metrics import FrameMetric, check_frames
from worldmodels.evaluation.weights import fit_weights, read_weights

ALEXNET_FILE = "alexnet-owt-7be5be79.pth"
_WIDTHS = (64, 192, 384, 256, 256)
_TAPS = (1, 4, 7, 9, 11)
_SMALLEST = 31


class LPIPS(nn.Module):
    """Distance of frames in AlexNet's features, weighted by human judgements.

    The layers bear the names of torchvision's `alexnet` (`features.*`) and of the package `lpips`
    (`lin*.model.1.weight`), so the published files load as they are; neither package is run.
    """

    def __init__(self) -> None:
        super().__init__()
        self.features = _alexnet_trunk()
        for i, width in enumerate(_WIDTHS):
            linear = nn.Conv2d(width, 1, 1, bias=False)
            self.add_module(f"lin{i}", nn.ModuleDict({"model": nn.ModuleDict({"1": linear})}))
        self.shift: Tensor
        self.scale: Tensor
        self.register_buffer("shift", torch.tensor([-0.030, -0.088, -0.188]).view(3, 1, 1), persistent=False)
        self.register_buffer("scale", torch.tensor([0.458, 0.448, 0.450]).view(3, 1, 1), persistent=False)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Distances (N,) of images (N, 3, H, W) in [-1, 1]."""
        distance = first.new_zeros(len(first))
        for i, (a, b) in enumerate(zip(self._taps(first), self._taps(second), strict=True)):
            weight = self.get_parameter(f"lin{i}.model.1.weight")
            distance = distance + F.conv2d((a - b).square(), weight).mean((1, 2, 3))
        return distance

    def _taps(self, images: Tensor) -> list[Tensor]:
        """The five rectified layers, each position's features scaled to length one."""
        taps, x = [], (images - self.shift) / self.scale
        for i, layer in enumerate(self.features):
            x = layer(x)
            if i in _TAPS:
                taps.append(x / (x.norm(dim=1, keepdim=True) + 1e-10))
        return taps


def load_lpips(alexnet: str | Path | None = None, linear: str | Path | None = None) -> LPIPS:
    """LPIPS with its published weights.

    Args:
        alexnet: torchvision's ImageNet weights of AlexNet; by default the file in torch's hub cache.
        linear: The calibration `weights/v0.1/alex.pth`; by default the one in the package `lpips`.

    Raises:
        MetricUnavailableError: where a file is missing or does not fit; the message says how to get it.
    """
    trunk = read_weights(alexnet or _cached_alexnet(), "LPIPS")
    state = {k: v for k, v in trunk.items() if k.startswith("features.")}
    state |= read_weights(linear or _packaged_linear(), "LPIPS")
    network = LPIPS()
    fit_weights(network, state, "LPIPS")
    return network


def lpips_metric(alexnet: str | Path | None = None, linear: str | Path | None = None) -> FrameMetric:
    """LPIPS as a `FrameMetric`; arguments and errors are those of `load_lpips`."""
    return FrameMetric("lpips", "LPIPS", False, partial(lpips, load_lpips(alexnet, linear)))


@torch.no_grad()
def lpips(network: LPIPS, prediction: Tensor, target: Tensor, *, batch_size: int = 256) -> Tensor:
    """LPIPS of frames (..., C, H, W) in [0, 1]; grey frames are repeated three times.

    The network moves to the frames' device and stays there.

    Returns:
        Distances (...,), 0 for equal frames.

    Raises:
        InputError: for other shapes, types or values, or frames smaller than 31 pixels.
    """
    check_frames(prediction, target, smallest=_SMALLEST)
    leading, network = prediction.shape[:-3], network.to(prediction.device)
    pairs = (torch.split(_to_rgb(x), batch_size) for x in (prediction, target))
    return torch.cat([network(a, b) for a, b in zip(*pairs, strict=True)]).view(leading)


def _to_rgb(frames: Tensor) -> Tensor:
    """(..., 1 or 3, H, W) in [0, 1] to (N, 3, H, W) in [-1, 1]."""
    flat = frames.reshape(-1, *frames.shape[-3:]).float()
    return 2 * flat.expand(-1, 3, -1, -1) - 1


def _cached_alexnet() -> Path:
    path = Path(torch.hub.get_dir()) / "checkpoints" / ALEXNET_FILE
    if not path.is_file():
        raise MetricUnavailableError(
            f"LPIPS needs AlexNet's ImageNet weights: put https://download.pytorch.org/models/{ALEXNET_FILE} "
            f"into {path.parent}, or give its path."
        )
    return path


def _packaged_linear() -> Path:
    """Found without importing the package, which would import torchvision."""
    spec = find_spec("lpips")
    if spec is None or spec.origin is None:
        raise MetricUnavailableError("LPIPS needs its calibration: pip install lpips, or give its path.")
    return Path(spec.origin).parent / "weights" / "v0.1" / "alex.pth"


def _alexnet_trunk() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 64, 11, stride=4, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(64, 192, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(3, stride=2),
        nn.Conv2d(192, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1),
        nn.ReLU(),
    )
