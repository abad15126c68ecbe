import json
from pathlib import Path

import numpy as np
import pytest
import torch

from worldmodels.cli.evaluate import measure
from worldmodels.data import Episode, EpisodeWriter
from worldmodels.errors import InputError, UnknownNameError
from worldmodels.spec import WorldSpec
from worldmodels.testing.toy import Toy, ToyConfig
from worldmodels_snitch import learner
from worldmodels_snitch.command import EVALUATION
from worldmodels_snitch.config import FitConfig
from worldmodels_snitch.evaluation import BASELINES, SnitchTask, evaluate_snitch
from worldmodels_snitch.head import SnitchHeadConfig
from worldmodels_snitch.labelled_videos import read_videos
from worldmodels_snitch.report import snitch_groups, snitch_report

CONFIG = FitConfig(steps=4, batch_size=4, frames=3, crops=2)
HEAD = SnitchHeadConfig(1, 8, 2)


def toy():
    torch.manual_seed(0)
    return Toy(WorldSpec((3, 12, 12)), ToyConfig(state=4, hidden=8)).eval()


@pytest.fixture
def task(stores, tmp_path):
    return SnitchTask(read_videos(stores[0]), read_videos(stores[1]), tmp_path, CONFIG, HEAD, progress=False)


@pytest.fixture
def result(task):
    return evaluate_snitch(task, {"toy": toy()})


def test_every_row_has_scores_or_a_reason(result):
    assert {*result.scores, *result.left_out} == {"toy", *BASELINES}
    assert all(scores.shape == (8, 36) for scores in result.scores.values())
    assert list(result.left_out) == ["tracker"] and "masks" in result.left_out["tracker"]
    assert {name: len(losses) for name, losses in result.losses.items()} == dict.fromkeys(
        ("cnn_lstm", "true_positions", "toy"), 4
    )


def test_the_same_question_is_not_answered_twice(task, result, monkeypatch):
    monkeypatch.setattr(learner, "train_network", None)
    again = evaluate_snitch(task, {"renamed": toy()})
    np.testing.assert_array_equal(again.scores["renamed"], result.scores["toy"])
    assert again.losses["renamed"] == result.losses["toy"]
    other = SnitchTask(task.train, task.test, task.folder, FitConfig(steps=5), HEAD, progress=False)
    with pytest.raises(TypeError):
        evaluate_snitch(other, {"toy": toy()}, [])


def test_groups_are_of_the_right_videos(result):
    groups = snitch_groups(result)
    contained = result.videos.contained
    assert groups["contained"]["toy"]["top1"].n == contained.sum()
    # The dot stands still, so the one who saw it in the open knows; a covered one may have moved with its cone.
    assert groups["visible"]["last_seen"]["top1"].mean == 100
    assert groups["all"]["last_seen"]["l1"].mean >= 0


def test_the_report_has_all_rows(result, tmp_path):
    report = snitch_report(result, provenance={"seed": 0})
    titles = [section.title for section in report.sections]
    assert len(titles) == 4 and "learned" in titles[-1]
    assert [row[0] for row in report.sections[0].rows] == list(result.scores)
    assert report.left_out.keys() == {"tracker"}
    assert "true_positions" in report.write(tmp_path / "report").read_text()


def test_nothing_to_report(task):
    with pytest.raises(InputError, match="nothing to report"):
        snitch_report(evaluate_snitch(task, {}, []))


def test_an_unknown_baseline_suggests_near_ones(task):
    with pytest.raises(UnknownNameError, match="'last_seen'"):
        evaluate_snitch(task, {}, ["last_sen"])


def test_videos_of_other_lengths(task, tmp_path):
    with EpisodeWriter(tmp_path / "short", sync=False) as writer:
        writer.add(Episode(np.zeros((3, 12, 12, 3), np.uint8), signals={"label": np.zeros(3)}))
    with pytest.raises(InputError, match="same stride"):
        SnitchTask(task.train, read_videos(tmp_path / "short"), Path(tmp_path))


def test_without_ground_truth_only_what_needs_it_is_left_out(task, tmp_path):
    with EpisodeWriter(tmp_path / "bare", sync=False) as writer:
        for episode in task.test.episodes:
            writer.add(Episode(episode.frames, signals={"label": episode.signals["label"]}))
    bare = read_videos(tmp_path / "bare")
    result = evaluate_snitch(SnitchTask(bare, bare, tmp_path, CONFIG, HEAD, progress=False), {"toy": toy()})
    assert {*result.left_out} == {"last_seen", "tracker", "true_positions"}
    assert list(snitch_groups(result)) == ["all"]
    assert len(snitch_report(result).sections) == 2


def test_the_command(stores, toy_checkpoint, tmp_path, capsys):
    words = [f"data={stores[0].folder}", f"test={stores[1].folder}", f"out={tmp_path / 'out'}", "steps=2", "layers=1"]
    measure(EVALUATION, [*words, "width=8", "attention=1", "frames=3", "crops=1", f"checkpoints={toy_checkpoint}"])
    out = capsys.readouterr().out
    assert "top-1 (%)" in out and str(toy_checkpoint) in out and "tracker is left out" in out
    assert (tmp_path / "out" / "report.html").is_file()
    assert '"command": "worldmodels evaluate snitch' in (tmp_path / "out" / "report.json").read_text()
    figures = json.loads((tmp_path / "out" / "result.json").read_text())
    assert figures["last_seen"]["top1_visible"]["mean"] == 100
    assert {"top1", "top5", "l1", "l1_contained"} < figures[str(toy_checkpoint)].keys()


@pytest.fixture
def toy_checkpoint(tmp_path, monkeypatch):
    import worldmodels
    from worldmodels.testing.plugins import install

    monkeypatch.syspath_prepend(str(install(tmp_path / "site", "toy", "worldmodels.testing.toy:Toy")))
    return worldmodels.save(toy(), tmp_path / "checkpoint")
