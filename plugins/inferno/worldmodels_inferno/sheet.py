"""Contact sheets: pictures in rows."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


def contact_sheet(rows: Sequence[Sequence[Tensor]], scale: int = 2, gap: int = 2) -> bytes:
    """A PNG of rows of pictures (3, height, width) from 0 to 1, all of one size, each pixel a square of `scale`."""
    from matplotlib.image import imsave

    sheet = torch.cat([torch.cat([_framed(picture, gap) for picture in row], 2) for row in rows], 1)
    pixels = sheet.clamp(0, 1).permute(1, 2, 0).cpu().numpy()
    pixels = (pixels * 255).round().astype(np.uint8).repeat(scale, 0).repeat(scale, 1)
    buffer = io.BytesIO()
    imsave(buffer, pixels, format="png")
    return buffer.getvalue()


def _framed(picture: Tensor, gap: int) -> Tensor:
    return torch.nn.functional.pad(picture, (0, gap, 0, gap), value=1.0)
