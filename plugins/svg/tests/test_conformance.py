"""The contract, for both architectures."""

from worldmodels.testing import WorldModelSuite
from worldmodels_svg.model import SVG

SMALL = {"filters": 4, "encoding": 8, "latent": 3, "hidden": 16, "context": 3}


class TestDCGAN(WorldModelSuite):
    model = SVG
    config = SMALL


class TestVGG(WorldModelSuite):
    model = SVG
    worlds = ("discrete",)  # how actions enter does not differ
    config = {**SMALL, "architecture": "vgg"}
    frame_shape = (1, 16, 32)
