"""The toy model keeps the contract, with and without noise."""

import importlib.util
from pathlib import Path

from worldmodels.testing import WorldModelSuite
from worldmodels.testing.toy import Toy


class TestToy(WorldModelSuite):
    model = Toy
    config = {"state": 8, "hidden": 16, "std": 0.1}
    frame_shape = (3, 16, 16)


def able():
    spec = importlib.util.spec_from_file_location("able", Path(__file__).parent / "able.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestAble(WorldModelSuite):
    model = able().Able
    config = {"state": 8, "hidden": 16}
    frame_shape = (3, 16, 16)
