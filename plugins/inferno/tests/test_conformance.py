"""INFERNO keeps the contract, in its own form and in its paper's."""

from worldmodels.testing import WorldModelSuite
from worldmodels_inferno.model import INFERNO


class TestINFERNO(WorldModelSuite):
    model = INFERNO
