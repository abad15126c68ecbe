"""The VRNN keeps the contract, with latents at several levels and with context of more frames than one."""

from worldmodels.testing import WorldModelSuite
from worldmodels_vrnn import VRNN
from worldmodels_vrnn.config import PRESETS

SMALL = PRESETS["tiny"]


class TestVRNN(WorldModelSuite):
    model = VRNN
    config = SMALL


class TestLongContext(WorldModelSuite):
    model = VRNN
    worlds = ("discrete",)  # how actions enter does not differ
    config = {**SMALL, "context": 3, "dense": False, "latents": (1, 4, 8), "pixels": "bce", "kl": "sample"}
    frame_shape = (1, 16, 16)
