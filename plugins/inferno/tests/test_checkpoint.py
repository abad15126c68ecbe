"""The shipped checkpoint gives the figures that it came with."""

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import worldmodels
from worldmodels_envs.cater.stills import edited_stills
from worldmodels_inferno.evaluate import figures
from worldmodels_inferno.scenes import findings

FOLDER = Path(str(files("worldmodels_inferno") / "checkpoint"))


@pytest.fixture(scope="module")
def measured():
    return figures(findings(worldmodels.load(FOLDER), list(edited_stills("clevr4", 16, 4_000_000))))


def test_figures_are_those_that_it_came_with(measured):
    said = json.loads((FOLDER / "config.json").read_text())["provenance"]["figures"]
    for name, slack in (
        ("psnr_db", 1.5),
        ("ari", 0.04),
        ("ari_objects", 0.06),
        ("view_psnr_db", 1.2),
        ("view_iou", 0.06),
    ):
        assert measured[name].mean > said[name]["mean"] - slack, name
    assert measured["xy_correlation"].mean > 0.95
    assert measured["view_psnr_db"].mean > measured["view_copied_psnr_db"].mean + 4


def test_moving_and_removing_do_what_they_truly_do(measured):
    assert measured["moved_halved"].mean >= 0.85 and measured["removed_halved"].mean >= 0.85


def test_slots_are_objects(measured):
    assert measured["spare_objects"].mean < 0.2 and measured["place_error"].mean < 0.5
    assert np.isfinite([figure.mean for figure in measured.values()]).all()


def test_it_is_small():
    assert (FOLDER / "model.safetensors").stat().st_size < 8e6
