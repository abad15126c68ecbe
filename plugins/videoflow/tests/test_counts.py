"""The presets have the paper's layers: their parameters counted from the paper's text, level by level."""

import pytest
import torch

from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_videoflow.model import VideoFlow


def count(width, affine, steps=24, levels=3, blocks=5, prior=256):
    """Appendices A and E: 64 x 64 frames of 3 channels, gated couplings, dilations 1, 2 and 4."""
    total, incoming = 0, 3
    for level in range(levels):
        inside, top = 4 * incoming, level == levels - 1
        half, latent = inside // 2, inside if top else inside // 2
        norm, mixing = 2 * inside, 2 * inside**2 + inside
        first = (9 * (half + 1) + 2) * width
        gated = 2 * width * (width + 2)
        last = (9 * (width + 1) + 2) * (2 * half if affine else half)
        total += steps * (norm + mixing + first + gated + last)
        stream = latent if top else 2 * latent
        branch = (18 * stream + 1) * prior + 2 * prior * (prior + 1) + (18 * prior + 1) * stream
        # The grid of 8 x 8 is too small for the dilation 4.
        total += blocks * (2 if top else 3) * branch + 2 * latent * (stream + 1)
        total += 0 if top else latent * (9 * latent + 1)
        incoming = latent
    return total


@pytest.mark.parametrize(("preset", "width", "affine"), [("bits", 512, True), ("samples", 392, False)])
def test_presets_have_the_papers_sizes(preset, width, affine):
    with torch.device("meta"):
        model = build(VideoFlow, WorldSpec((3, 64, 64)), preset)
    assert sum(parameter.numel() for parameter in model.parameters()) == count(width, affine)
