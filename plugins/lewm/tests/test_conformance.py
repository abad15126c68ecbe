"""LeWM keeps the contract."""

from worldmodels.testing import WorldModelSuite
from worldmodels_lewm import LeWM


class TestLeWM(WorldModelSuite):
    model = LeWM
