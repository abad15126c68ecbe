"""The frame metrics by name, and the reasons for those that this machine cannot compute."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from worldmodels.errors import MetricUnavailableError, UnknownNameError
from worldmodels.evaluation.metrics import PSNR, SSIM, FrameMetric
from worldmodels.evaluation.perceptual import lpips_metric

_MAKERS: dict[str, Callable[[], FrameMetric]] = {
    "psnr": lambda: PSNR,
    "ssim": lambda: SSIM,
    "lpips": lpips_metric,
}


def frame_metrics(names: Sequence[str | FrameMetric]) -> tuple[list[FrameMetric], dict[str, str]]:
    """Metrics by name; a metric made elsewhere, such as LPIPS with weights of one's own, passes through.

    Args:
        names: Any of "psnr", "ssim" and "lpips", or metrics.

    Returns:
        The metrics that can be computed, and name to reason for the others.

    Raises:
        UnknownNameError: for a name that no metric has.
    """
    found, left_out = [], {}
    for name in names:
        if isinstance(name, FrameMetric):
            found.append(name)
            continue
        if name not in _MAKERS:
            raise UnknownNameError("metric", name, _MAKERS)
        try:
            found.append(_MAKERS[name]())
        except MetricUnavailableError as error:
            left_out[name] = str(error)
    return found, left_out
