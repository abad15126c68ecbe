"""The contract, for each kind of latent and memory."""

from worldmodels.testing import WorldModelSuite
from worldmodels_jump.model import JUMP


class TestJUMP(WorldModelSuite):
    model = JUMP


class TestMemory(WorldModelSuite):
    model = JUMP
    config = {"memory": 2, "contexts": 2}


class TestFactored(WorldModelSuite):
    model = JUMP
    worlds = ("discrete",)  # how actions enter does not differ
    config = {"latent": "target"}


class TestDeterministic(WorldModelSuite):
    model = JUMP
    worlds = ("discrete",)  # how actions enter does not differ
    config = {"latent": "none"}
