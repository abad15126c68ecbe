"""The toys keep the contract."""

from toys.able import Able
from toys.cascade import Halves
from toys.flow import Flow
from toys.gan import GAN
from toys.jumpy import Jumpy

from worldmodels.testing import WorldModelSuite
from worldmodels.testing.toy import Toy


class ToySuite(WorldModelSuite):
    config = {"state": 8, "hidden": 16}
    frame_shape = (3, 16, 16)


class TestToy(ToySuite):
    model = Toy
    config = {"state": 8, "hidden": 16, "std": 0.1}


class TestAble(ToySuite):
    model = Able


class TestGAN(ToySuite):
    model = GAN


class TestFlow(ToySuite):
    model = Flow


class TestJumpy(ToySuite):
    model = Jumpy


class TestCascade(ToySuite):
    model = Halves


del ToySuite, WorldModelSuite  # neither is a test of its own
