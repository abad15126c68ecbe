"""The frame metrics by name, and the reasons for those that this machine cannot compute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from worldmodels.errors import MetricUnavailableError, UnknownNameError
from worldmodels.evaluation.metrics import PSNR, SSIM, FrameMetric


def frame_metrics(
    names: Sequence[str | FrameMetric], *, alexnet: str | Path | None = None, device: str = "cpu"
) -> tuple[list[FrameMetric], dict[str, str]]:
    """Metrics by name; a metric made elsewhere passes through.

    Args:
        names: Any of "psnr", "ssim" and "lpips", or metrics.
        alexnet: Weights for LPIPS, as `load_lpips` takes them.
        device: Where LPIPS's network runs.

    Returns:
        The metrics that can be computed, and name to reason for the others.

    Raises:
        UnknownNameError: for a name that no metric has.
    """
    makers: dict[str, Callable[[], FrameMetric]] = {
        "psnr": lambda: PSNR,
        "ssim": lambda: SSIM,
        "lpips": partial(_lpips, alexnet, device),
    }
    found, left_out = [], {}
    for name in names:
        if isinstance(name, FrameMetric):
            found.append(name)
            continue
        if name not in makers:
            raise UnknownNameError("metric", name, makers)
        try:
            found.append(makers[name]())
        except MetricUnavailableError as error:
            left_out[name] = str(error)
    return found, left_out


def _lpips(alexnet: str | Path | None, device: str) -> FrameMetric:
    from worldmodels.evaluation.perceptual import load_lpips, lpips

    return FrameMetric("lpips", "LPIPS", False, partial(lpips, load_lpips(alexnet).to(device)))
