from worldmodels.testing import WorldModelSuite
from worldmodels_srvp import SRVP

SMALL = {"filters": 8, "inference_hidden": 16, "dynamics_hidden": 16}


class TestSmall(WorldModelSuite):
    model = SRVP
    config = SMALL


class TestSkips(WorldModelSuite):
    model = SRVP
    worlds = ("discrete",)  # how actions enter does not differ
    config = {**SMALL, "architecture": "dcgan", "skips": True, "inference_frames": 3, "euler_steps": 2}


class TestWithoutContent(WorldModelSuite):
    model = SRVP
    worlds = ("discrete",)  # how actions enter does not differ
    config = {**SMALL, "content": 0, "inference_frames": 1, "dynamics": "gru"}
