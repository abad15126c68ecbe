"""The toy model keeps the contract, with and without noise."""

from worldmodels.testing import WorldModelSuite
from worldmodels.testing.toy import Toy


class TestToy(WorldModelSuite):
    model = Toy
    config = {"state": 8, "hidden": 16, "std": 0.1}
    frame_shape = (3, 16, 16)
