"""The verbs that the VRNN brings or needs, as the command line calls them."""

import importlib.metadata
import json
from importlib.metadata import EntryPoint, EntryPoints

import numpy as np
import pytest
import torch

import worldmodels
from worldmodels.cli.evaluate import measure
from worldmodels.cli.importing import GROUP
from worldmodels.cli.importing import run as import_verb
from worldmodels.cli.likelihood import EVALUATION
from worldmodels.data.episode import Episode
from worldmodels.data.writer import EpisodeWriter
from worldmodels.errors import InputError
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_vrnn import VRNN
from worldmodels_vrnn.importer import empty_model, export_published


@pytest.fixture
def announced(monkeypatch):
    found = importlib.metadata.entry_points
    ours = EntryPoints([EntryPoint("vrnn", "worldmodels_vrnn.importer:import_checkpoint", GROUP)])
    monkeypatch.setattr(
        importlib.metadata, "entry_points", lambda **which: ours if which.get("group") == GROUP else found(**which)
    )


@pytest.mark.usefixtures("announced")
def test_import_leaves_a_checkpoint_that_loads(tmp_path):
    settings = {"img_ch": 1, "n_ctx": 2, "n_hid": 16}
    published = empty_model(settings)
    torch.save(export_published(published), tmp_path / "weights.pth")
    (tmp_path / "config.json").write_text(json.dumps(settings))
    paths = {"weights": tmp_path / "weights.pth", "config": tmp_path / "config.json", "out": tmp_path / "model"}
    assert import_verb(["vrnn", *(f"{name}={path}" for name, path in paths.items()), "options.fps=25"]) == 0
    loaded = worldmodels.load(tmp_path / "model")
    assert loaded.spec.fps == 25
    assert all(torch.equal(tensor, loaded.state_dict()[name]) for name, tensor in published.state_dict().items())


@pytest.fixture
def words(tmp_path):
    """A checkpoint and two data sets, as settings of the verb."""
    rng = np.random.default_rng(0)
    for name, videos in (("test", 5), ("train", 3)):
        with EpisodeWriter(tmp_path / name, sync=False) as writer:
            for _ in range(videos):
                writer.add(Episode(rng.integers(0, 256, (6, 16, 16, 1), dtype=np.uint8)))
    torch.manual_seed(0)
    model = build(VRNN, WorldSpec((1, 16, 16)), "tiny")
    worldmodels.save(model, tmp_path / "model")
    return [f"checkpoints={tmp_path / 'model'}", f"data={tmp_path / 'test'}", f"out={tmp_path / 'report'}", "length=5"]


def test_likelihood_reports_both_data_sets(words, tmp_path, capsys):
    measure(EVALUATION, [*words, f"train={tmp_path / 'train'}", "samples=2", "batch_size=2"])
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    likelihoods, bounds, levels = (section for section in report["sections"] if "rows" in section)
    assert [row[0] for row in bounds["rows"]] == ["train", "test"]
    assert [row[1]["n"] for row in bounds["rows"]] == [3, 5]
    assert [row[1] for row in levels["rows"]] == ["1", "8", "1", "8"]
    assert [row[3] for row in likelihoods["rows"]] == ["bound, 2 draws"] * 2
    assert "bits per number" in capsys.readouterr().out


def test_likelihood_of_videos_that_are_too_short_is_refused(words):
    with pytest.raises(InputError, match="has 9 frames"):
        measure(EVALUATION, [*words, "length=9"])
