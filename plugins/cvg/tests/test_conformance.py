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


_NOISE_OF_EACH_FRAME = {
    "levels": (LevelConfig(**_SMALL), LevelConfig(**_SMALL, statistics="time", window=None)),
    "drawn": "frame",
    "context": 3,
    "classes": 3,
    "average": 0.9,
}


@pytest.mark.parametrize("check", CHECKS)
def test_noise_of_each_frame(check):
    """Every check in one world: how actions enter does not differ from the suite above."""
    CHECKS[check](case_for(CVG, "discrete", (1, 16, 32), None, _NOISE_OF_EACH_FRAME, 1e-4))


@pytest.mark.parametrize("check", ["cascade", "chunks", "losses"])
def test_three_levels(check):
    """What a third level may break; all checks of it would take a minute."""
    levels = (LevelConfig(**_SMALL), LevelConfig(**_SMALL), LevelConfig(**_SMALL, matching=False))
    CHECKS[check](case_for(CVG, "continuous", (3, 16, 16), None, {"levels": levels}, 1e-4))
