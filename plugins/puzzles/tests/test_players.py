import json

import pytest

import worldmodels
from worldmodels.cli.evaluate import measure
from worldmodels.errors import InputError, UnknownNameError
from worldmodels_envs.phyre.evaluation import PuzzleScore, load_outcomes
from worldmodels_puzzles.command import EVALUATION, PlanningOptions, play
from worldmodels_puzzles.report import planning_report

WORDS = ["templates=['00002']", "variations=6", "setups=[within]", "folds=[0]", "workers=1"]
SCORER = ["candidates=150", "scorer.steps=2", "scorer.batch=2", "scorer.each=2"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def test_agents_are_compared_and_what_was_made_is_kept(cache, tmp_path, capsys):
    words = [*WORDS, *SCORER, "agents=[random,memory,scorer]", f"cache={cache}", f"out={tmp_path}"]
    measure(EVALUATION, words)
    first = capsys.readouterr()
    assert all(name in first.out for name in ("random", "memory", "scorer", "00002", "AUCCESS"))
    assert "training the scorer" in first.err
    measure(EVALUATION, words)
    again = capsys.readouterr()
    assert again.out.strip() == first.out[first.out.index("AUCCESS\n") :].strip()
    assert "training the scorer" not in again.err
    report = json.loads((tmp_path / "report.json").read_text())
    assert [row[:2] for row in report["sections"][0]["rows"]] == [
        ["within", name] for name in ("random", "memory", "scorer")
    ]


def test_imagine_needs_a_checkpoint_and_takes_any(cache, tmp_path, capsys):
    pytest.importorskip("worldmodels_srvp")
    small = {"state": 8, "latent": 4, "content": 8, "encoding": 16, "inference_hidden": 16, "dynamics_hidden": 16}
    model = worldmodels.create("srvp", worldmodels.WorldSpec((3, 32, 32), None, fps=1.0), config=small)
    checkpoint = worldmodels.save(model, tmp_path / "model")
    words = [*WORDS, "agents=[imagine]", f"cache={cache}", f"out={tmp_path}"]
    with pytest.raises(InputError, match="checkpoint="):
        measure(EVALUATION, words)
    measure(EVALUATION, [*words, f"checkpoint={checkpoint}"])
    assert "imagine" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["agents=[randon]"], UnknownNameError, "randon.*random"),
        (["templates=['00099']"], InputError, "unknown puzzle '00099'"),
        (["variations=1", "folds=[0]"], InputError, "choose more templates"),
        (["folds=[11]"], InputError, r"folds = \(11,\)|folds = \[11\]"),
    ],
)
def test_bad_requests_are_told(words, error, message, cache):
    with pytest.raises(error, match=message):
        measure(EVALUATION, [*WORDS, f"cache={cache}", *words])


@pytest.mark.parametrize("agent", ["randon", "imagine"])
def test_agents_that_cannot_play_are_told_before_anything_is_simulated(agent, tmp_path):
    with pytest.raises((UnknownNameError, InputError)):
        measure(EVALUATION, [*WORDS, f"cache={tmp_path / 'cache'}", f"agents=[random,{agent}]"])
    assert not (tmp_path / "cache").exists()


def test_scores_do_not_depend_on_what_else_is_asked_for(cache):
    options = PlanningOptions(("memory",), ("within",), (0,), ("00002",), 6, cache=str(cache), workers=1)
    both = PlanningOptions(("random", "memory"), ("within",), (0,), ("00002",), 6, cache=str(cache), workers=1)
    assert load_outcomes(cache / "outcomes.npz", 1, ["00002"], 6).statuses.shape[0] == 6
    assert play(options)["within", "memory"] == play(both)["within", "memory"]


def test_reports_have_intervals_over_folds_and_templates_of_some_folds_only():
    scores = [PuzzleScore(10.0, 40.0, {"00001": 10.0}), PuzzleScore(14.0, 50.0, {"00001": 8.0, "00002": 20.0})]
    summary, templates, published = planning_report({("cross", "random"): scores}).sections
    assert summary.rows[0][2].mean == 12.0
    assert summary.rows[0][2].high == pytest.approx(12 + 12.7062 * 2, abs=1e-3)
    assert [row[0] for row in templates.rows] == ["00001", "00002"]
    assert [row[2].n for row in templates.rows] == [2, 1]
    assert "original" in published.title
