"""Frechet distances between sets: FVD (Unterthiner et al., 2018) and the distance under it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from worldmodels.errors import InputError
from worldmodels.evaluation.i3d import I3D
from worldmodels.evaluation.weights import fit_weights, read_weights

_SIDE, _SHORTEST = 224, 9


def frechet_distance(first: Tensor, second: Tensor) -> float:
    """Squared Frechet distance of the Gaussians fitted to two sets of features (N, F) and (M, F).

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), in float64; the root's trace is taken from the
    eigenvalues of the symmetric C1^(1/2) C2 C1^(1/2), so singular covariances (N <= F) do no harm.

    Raises:
        InputError: unless both are matrices of equal width with two rows or more, and finite.
    """
    _check_features(first, second)
    (mean1, cov1), (mean2, cov2) = _moments(first), _moments(second)
    root = _root(cov1)
    cross = torch.linalg.eigvalsh(root @ cov2 @ root).clamp_min(0).sqrt().sum()
    distance = (mean1 - mean2).square().sum() + cov1.trace() + cov2.trace() - 2 * cross
    return max(0.0, float(distance))


class FVD:
    """Frechet video distance between real and generated videos.

    Args:
        weights: State dict of I3D trained on Kinetics-400, with the tensor names of `I3D`. The weights
            decide the figure: compare only what was measured with the same ones.
        device: Where the network runs.
        batch_size: Videos at a time.

    Raises:
        MetricUnavailableError: where the weights are missing or do not fit.
    """

    name = "fvd"
    label = "FVD"
    higher_is_better = False

    def __init__(self, weights: str | Path, *, device: torch.device | str = "cpu", batch_size: int = 8) -> None:
        network = fit_weights(I3D(), read_weights(weights, "FVD"), "FVD")
        self.network, self.device, self.batch_size = network.to(device), torch.device(device), batch_size

    def features(self, videos: Tensor) -> Tensor:
        """Time-averaged logits (N, 400) of videos (N, T, C, H, W) in [0, 1].

        Raises:
            InputError: for videos shorter than 9 frames, or of other shapes or types.
        """
        return video_features(videos, self.network, batch_size=self.batch_size, device=self.device)

    def __call__(self, generated: Iterable[Tensor], real: Iterable[Tensor]) -> float:
        """The distance between two streams of batches of videos (N, T, C, H, W) in [0, 1]."""
        sets = (torch.cat([self.features(batch) for batch in stream]) for stream in (generated, real))
        return frechet_distance(*sets)


@torch.no_grad()
def video_features(
    videos: Tensor,
    network: Callable[[Tensor], Tensor],
    *,
    batch_size: int = 8,
    device: torch.device | str = "cpu",
) -> Tensor:
    """Features (N, F) of videos (N, T, C, H, W) in [0, 1]: resized to 224, scaled to [-1, 1], in batches.

    Raises:
        InputError: for videos shorter than 9 frames, or of other shapes or types.
    """
    if videos.ndim != 5 or videos.shape[1] < _SHORTEST or not videos.is_floating_point():
        raise InputError(
            f"videos {tuple(videos.shape)} ({videos.dtype}) are not floats (N, T, C, H, W) "
            f"with at least {_SHORTEST} frames."
        )
    batches = (_prepare(batch.to(device)) for batch in torch.split(videos, batch_size))
    return torch.cat([network(batch).cpu() for batch in batches])


def _prepare(videos: Tensor) -> Tensor:
    """(N, T, C, H, W) in [0, 1] to (N, 3, T, 224, 224) in [-1, 1]."""
    frames = F.interpolate(videos.flatten(0, 1), (_SIDE, _SIDE), mode="bilinear", align_corners=False)
    rgb = frames.view(*videos.shape[:3], _SIDE, _SIDE).expand(-1, -1, 3, -1, -1)
    return 2 * rgb.transpose(1, 2) - 1


def _check_features(first: Tensor, second: Tensor) -> None:
    fits = first.ndim == second.ndim == 2 and first.shape[1] == second.shape[1]
    if not fits or min(len(first), len(second)) < 2:
        raise InputError(
            f"features {tuple(first.shape)} and {tuple(second.shape)} are not (N, F) and (M, F) with two rows or more."
        )
    if not (first.isfinite().all() and second.isfinite().all()):
        raise InputError("a feature is not a finite number.")


def _moments(features: Tensor) -> tuple[Tensor, Tensor]:
    features = features.double()
    return features.mean(0), torch.cov(features.T).view(features.shape[1], -1)


def _root(covariance: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(covariance)
    root: Tensor = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    return root
