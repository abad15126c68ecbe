"""The contract, for two levels, noise for each frame with statistics that are shared, labels, and three levels."""

import pytest

from worldmodels.testing import WorldModelSuite
from worldmodels.testing.checks import CHECKS
from worldmodels.testing.worlds import case_for
from worldmodels_cvg.config import LevelConfig
from worldmodels_cvg.model import CVG

_SMALL = {"channels": 4, "critic_channels": 4, "critic_blocks": (1, 2), "frames": 2, "units": (2, 1)}


class TestTwoLevels(WorldModelSuite):
    model = CVG


class TestNoiseOfEachFrame(WorldModelSuite):
    model = CVG
    worlds = ("discrete",)  # how actions enter does not differ
    config = {
        "levels": (LevelConfig(**_SMALL), LevelConfig(**_SMALL, statistics="time", window=None)),
        "drawn": "frame",
        "context": 3,
        "classes": 3,
        "average": 0.9,
    }
    frame_shape = (1, 16, 32)


@pytest.mark.parametrize("check", ["cascade", "chunks", "losses"])
def test_three_levels(check):
    """What a third level may break; all checks of it would take a minute."""
    levels = (LevelConfig(**_SMALL), LevelConfig(**_SMALL), LevelConfig(**_SMALL, matching=False))
    CHECKS[check](case_for(CVG, "continuous", (3, 16, 16), None, {"levels": levels}, 1e-4))
