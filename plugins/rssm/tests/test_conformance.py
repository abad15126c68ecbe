"""The RSSM keeps the contract, also with burn-in and with blocks."""

from worldmodels.testing import WorldModelSuite
from worldmodels_rssm import RSSM


class TestRSSM(WorldModelSuite):
    model = RSSM


class TestBurnIn(WorldModelSuite):
    model = RSSM
    worlds = ("discrete",)  # how actions enter does not differ
    config = {"burn_in": 2, "blocks": 2, "fresh": 1.0}
    frame_shape = (1, 16, 24)
