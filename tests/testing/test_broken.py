"""Each deliberately broken model is caught by its check, with a message that names the fault."""

import importlib.util
from pathlib import Path

import pytest

from worldmodels.testing.checks import CHECKS
from worldmodels.testing.worlds import WORLDS, case_for

KINDS = sorted((Path(__file__).parent / "broken").glob("*.py"), key=lambda path: path.stem)


def load(path):
    spec = importlib.util.spec_from_file_location(f"broken_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def complaints(model, check):
    """What a check says of a model in each kind of world, where it says anything."""
    found = []
    for world in WORLDS:
        try:
            CHECKS[check](case_for(model, world, (3, 16, 16), config={"state": 8, "hidden": 16}))
        except (AssertionError, ValueError) as error:
            found.append(str(error))
    return found


def test_there_are_many_kinds():
    assert len(KINDS) >= 14


@pytest.mark.parametrize("path", KINDS, ids=lambda path: path.stem)
def test_the_fault_is_caught_and_named(path):
    broken = load(path)
    found = complaints(broken.Model, broken.CAUGHT_BY)
    assert found, f"{broken.CAUGHT_BY} finds nothing"
    assert any(broken.SAYS in message for message in found), found[0]
    assert all("\n" not in message for message in found)


@pytest.mark.parametrize(
    "path", [path for path in KINDS if "ONLY = True" in path.read_text()], ids=lambda path: path.stem
)
def test_no_other_check_finds_the_fault(path):
    broken = load(path)
    others = [check for check in CHECKS if check != broken.CAUGHT_BY and complaints(broken.Model, check)]
    assert others == []
