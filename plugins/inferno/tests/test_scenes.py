"""What is measured of scenes: errors of edits, places and masks, for models that know the truth and that do not."""

from importlib.resources import files

import numpy as np
import pytest
import torch

from worldmodels.checkpoints import save
from worldmodels.errors import InputError
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.testing.toy import Toy
from worldmodels_envs.cater.stills import StillsConfig, edited_stills
from worldmodels_inferno.evaluate import ScenesOptions, evaluate, figures
from worldmodels_inferno.model import INFERNO
from worldmodels_inferno.scenes import Findings, decibel, findings
from worldmodels_inferno.scenes_report import picture_rows
from worldmodels_inferno.sheet import contact_sheet

SMALL = StillsConfig(size=32, detail=8, max_objects=2)


@pytest.fixture(scope="module")
def scenes():
    return list(edited_stills(SMALL, 2, seed=0))


def test_every_figure_of_an_untrained_model(scenes):
    torch.manual_seed(0)
    found = findings(build(INFERNO, WorldSpec((3, 32, 32)), "tiny").eval(), scenes, shown=1)
    measured = figures(found)
    assert {"psnr_db", "ari", "ari_objects", "view_psnr_db", "view_iou", "spare_objects"} <= measured.keys()
    assert 10 < measured["view_copied_psnr_db"].mean < 40
    assert len(picture_rows(found)) == 2 and contact_sheet(picture_rows(found)).startswith(b"\x89PNG")


def test_models_without_objects_have_only_pictures(scenes):
    found = findings(build(Toy, WorldSpec((3, 32, 32))).eval(), scenes)
    assert found.values.keys() == {"psnr_db", "mse"} and not found.found


def test_edits_count_where_their_error_falls_below_a_share():
    found = Findings({"moved": [0.05, 0.4, 0.6, 0.01]})
    measured = figures(found)
    assert measured["moved_halved"].mean == 0.75 and measured["moved_tenth"].mean == 0.5


def test_correlation_is_the_mean_of_both_axes():
    places = np.random.default_rng(0).normal(size=(50, 2))
    found = Findings(found=[np.stack([places, 2 * places + 1], 1)])
    assert found.correlation() == pytest.approx(1.0)
    mirrored = np.stack([places, places * [1, -1]], 1)
    assert Findings(found=[mirrored]).correlation() == pytest.approx(0.0)


def test_decibel():
    assert decibel(torch.full((3, 2, 2), 0.1), torch.zeros(3, 2, 2)) == pytest.approx(20.0, abs=1e-4)


def test_evaluation_reads_checkpoints_and_refuses_others(tmp_path):
    torch.manual_seed(0)
    options = {"size": 32, "detail": 8}
    folder = save(build(INFERNO, WorldSpec((3, 32, 32)), "tiny"), tmp_path / "right")
    result = evaluate(ScenesOptions(str(folder), options=options, scenes=1, seed=3))
    assert result.figures[str(folder)]["psnr_db"].n == 1
    with pytest.raises(InputError, match="is for frames"):
        evaluate(ScenesOptions(str(folder), scenes=1))
    with pytest.raises(InputError, match="clevr"):
        evaluate(ScenesOptions(str(folder), variant="clevr7"))


def test_the_experiment_is_shipped():
    folder = files("worldmodels_inferno") / "configs" / "experiment"
    assert (folder / "inferno_stills.yaml").is_file()
