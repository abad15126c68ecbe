import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from worldmodels.imagined.starts import GivenStarts, Start
from worldmodels.play import Place
from worldmodels.plugins import create
from worldmodels.spec import WorldSpec
from worldmodels.testing.toy import Toy
from worldmodels.worlds import World

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def reach():
    """A place with a real environment; its model is untrained."""
    pytest.importorskip("worldmodels_envs")
    world = World("worldmodels_envs:worldmodels/RandomWalkReach-v0", size=None)
    torch.manual_seed(0)
    return Place("reach", Toy(world.spec()).eval(), world=world)


@pytest.fixture(scope="session")
def recorded():
    """A place that begins in frames at hand, where nobody acts."""
    frames = np.random.default_rng(0).integers(0, 256, (4, 3, 8, 8, 3), np.uint8)
    torch.manual_seed(0)
    return Place("recorded", Toy(WorldSpec((3, 8, 8))).eval(), starts=GivenStarts(Start(frames)))


@pytest.fixture(scope="session")
def modules():
    """A place whose model has objects and modules."""
    pytest.importorskip("worldmodels_vim")
    frames = np.random.default_rng(0).integers(0, 256, (4, 3, 16, 16, 3), np.uint8)
    torch.manual_seed(0)
    model = create("vim", WorldSpec((3, 16, 16)), preset="tiny").eval()
    return Place("modules", model, starts=GivenStarts(Start(frames)))


@pytest.fixture(scope="session")
def malformed_messages():
    return list(malformed())


def malformed():
    """200 messages that no page sends: broken JSON, wrong kinds, wrong types and values, far too long ones."""
    kinds = ["enter", "step", "rewind", "branch", "switch", "pick", "drag", "change", "view", "save"]
    values = [None, True, "x", -1, 1.5, [], {}, [[1]], "1e999", 10**400]
    yield from (json.dumps({"do": kind, "unknown": value}) for kind in kinds for value in values)
    yield from (json.dumps({"do": value}) for value in values)
    yield from (json.dumps({"do": "rewind", "to": value}) for value in values if not isinstance(value, int))
    yield from (json.dumps({"do": "drag", "slot": 0, "by": value}) for value in values)
    yield from (json.dumps({"do": "pick", "at": value}) for value in values)
    yield from (json.dumps({"do": "view", "temperature": value}) for value in (*values, 11, 1e9) if value != 1.5)
    yield from (json.dumps({"do": "enter", "place": value}) for value in values if value not in ("x", "1e999"))
    yield from (json.dumps({"do": "enter", "place": "x", "seed": value}) for value in (-1, 1 << 31, "0", [0]))
    yield from ("{" * n for n in range(1, 30))
    yield from ('{"do": "step", "action": NaN}', '{"do": "step", "action": Infinity}', "[" * 10_000, "x" * 70_000)
    yield from (json.dumps(value) for value in values)
    yield from (None, b"\x00\x01", "", "null", "\ud800")
