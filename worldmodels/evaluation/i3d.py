"""I3D, the video classifier behind FVD (Carreira and Zisserman, "Quo Vadis, Action Recognition?", 2017)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Size = tuple[int, int, int]

_MIXED = {
    "Mixed_3b": (192, (64, 96, 128, 16, 32, 32)),
    "Mixed_3c": (256, (128, 128, 192, 32, 96, 64)),
    "Mixed_4b": (480, (192, 96, 208, 16, 48, 64)),
    "Mixed_4c": (512, (160, 112, 224, 24, 64, 64)),
    "Mixed_4d": (512, (128, 128, 256, 24, 64, 64)),
    "Mixed_4e": (512, (112, 144, 288, 32, 64, 64)),
    "Mixed_4f": (528, (256, 160, 320, 32, 128, 128)),
    "Mixed_5b": (832, (256, 160, 320, 32, 128, 128)),
    "Mixed_5c": (832, (384, 192, 384, 48, 128, 128)),
}
"""Input channels and branch widths (1x1; 3x3 reduced, 3x3; second 3x3 reduced, 3x3; pooled 1x1)."""


class I3D(nn.Module):
    """Inflated Inception-v1 with the tensor names of the published PyTorch conversion of its weights.

    Args:
        classes: Width of the last layer; 400 for Kinetics-400.
    """

    def __init__(self, classes: int = 400) -> None:
        super().__init__()
        self.Conv3d_1a_7x7 = Unit(3, 64, (7, 7, 7), (2, 2, 2))
        self.MaxPool3d_2a_3x3 = SamePool((1, 3, 3), (1, 2, 2))
        self.Conv3d_2b_1x1 = Unit(64, 64, (1, 1, 1))
        self.Conv3d_2c_3x3 = Unit(64, 192, (3, 3, 3))
        self.MaxPool3d_3a_3x3 = SamePool((1, 3, 3), (1, 2, 2))
        for name, (channels, widths) in _MIXED.items():
            if name == "Mixed_4b":
                self.MaxPool3d_4a_3x3 = SamePool((3, 3, 3), (2, 2, 2))
            elif name == "Mixed_5b":
                self.MaxPool3d_5a_2x2 = SamePool((2, 2, 2), (2, 2, 2))
            self.add_module(name, Mixed(channels, widths))
        self.logits = nn.ModuleDict({"conv3d": nn.Conv3d(1024, classes, 1)})

    def forward(self, video: Tensor) -> Tensor:
        """Logits averaged over time, (N, classes), of videos (N, 3, T, 224, 224) in [-1, 1], T at least 9."""
        for name, layer in self.named_children():
            video = layer(video) if name != "logits" else F.avg_pool3d(video, (2, 7, 7), stride=1)
        logits: Tensor = self.logits["conv3d"](video)
        return logits.mean((2, 3, 4))


class Unit(nn.Module):
    """Convolution with TensorFlow's "same" padding, batch norm, ReLU."""

    def __init__(self, channels: int, width: int, kernel: Size, stride: Size = (1, 1, 1)) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride
        self.conv3d = nn.Conv3d(channels, width, kernel, stride, bias=False)
        self.bn = nn.BatchNorm3d(width, eps=1e-3, momentum=0.01)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W) to (N, width, T', H', W'), sizes divided by the stride and rounded up."""
        return F.relu(self.bn(self.conv3d(pad_same(x, self.kernel, self.stride))))


class SamePool(nn.Module):
    """Max pooling with "same" padding; zeros pad as well as minus infinity behind a ReLU."""

    def __init__(self, kernel: Size, stride: Size) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W) to the same with sizes divided by the stride and rounded up."""
        return F.max_pool3d(pad_same(x, self.kernel, self.stride), self.kernel, self.stride)


class Mixed(nn.Module):
    """Four parallel branches, concatenated over channels."""

    def __init__(self, channels: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        one, cube = (1, 1, 1), (3, 3, 3)
        self.b0 = Unit(channels, widths[0], one)
        self.b1a, self.b1b = Unit(channels, widths[1], one), Unit(widths[1], widths[2], cube)
        self.b2a, self.b2b = Unit(channels, widths[3], one), Unit(widths[3], widths[4], cube)
        self.b3a, self.b3b = SamePool(cube, one), Unit(channels, widths[5], one)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, T, H, W) to (N, sum of the four widths, T, H, W)."""
        branches = self.b0(x), self.b1b(self.b1a(x)), self.b2b(self.b2a(x)), self.b3b(self.b3a(x))
        return torch.cat(branches, dim=1)


def pad_same(x: Tensor, kernel: Size, stride: Size) -> Tensor:
    """Zero-pad (N, C, T, H, W) as TensorFlow's "same" does: the odd one goes to the end."""
    pads: list[int] = []
    for size, k, s in zip(reversed(x.shape[2:]), reversed(kernel), reversed(stride), strict=True):
        total = max((-(-size // s) - 1) * s + k - size, 0)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads)
