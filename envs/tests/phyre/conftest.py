import gzip
import json
from pathlib import Path

import pytest

pytest.importorskip("pymunk")
pytest.importorskip("cv2")

from worldmodels_envs.phyre.layout import Layout
from worldmodels_envs.phyre.scene import SIDE

VERDICTS = Path(__file__).parents[3].parent / "shared/data/phyre_verdicts.json.gz"


@pytest.fixture
def ledge():
    """A ball on a ledge over the floor, its goal: nothing happens unless it is pushed off."""
    layout = Layout()
    floor = layout.floor()
    ledge = layout.span(80.0, 120.0, bottom=100.0)
    ball = layout.ball(0.1, x=100.0, bottom=ledge.top)
    return layout.scene(ball, floor, "ledge")


@pytest.fixture
def drop():
    """A ball that falls on the floor, its goal, by itself."""
    layout = Layout()
    floor = layout.floor()
    return layout.scene(layout.ball(0.1, x=SIDE / 2, bottom=100.0), floor, "drop")


@pytest.fixture(scope="session")
def verdicts():
    """The original simulator's recorded cases, where they are at hand."""
    if not VERDICTS.exists():
        pytest.skip(f"no recorded verdicts at {VERDICTS}")
    with gzip.open(VERDICTS, "rt", encoding="utf-8") as file:
        return json.load(file)
