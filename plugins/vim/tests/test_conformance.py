"""VIM and its baseline keep the contract."""

from worldmodels.testing import WorldModelSuite
from worldmodels_vim import SCOFF, VIM


class TestVIM(WorldModelSuite):
    model = VIM
    frame_shape = (3, 16, 16)


class TestPaperVIM(WorldModelSuite):
    model = VIM
    worlds = ("discrete",)  # how actions enter does not differ
    config = {
        "placed": False,
        "encoder": "conv",
        "decoder": "broadcast",
        "candidate_hidden": 8,
        "normalised": True,
        "start": "gaussian",
        "inner": 2,
    }
    frame_shape = (1, 8, 8)


class TestSCOFF(WorldModelSuite):
    model = SCOFF
    frame_shape = (3, 16, 16)
