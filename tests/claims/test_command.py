import json

import pytest

from worldmodels.claims.command import run
from worldmodels.claims.outcome import read_outcomes
from worldmodels.errors import InputError, UnknownNameError


def outcome(workplace, size="cpu"):
    return read_outcomes(workplace / "runs/claims/weights/outcome.json")[size]


def test_trains_measures_and_says_what_holds(workplace, calls, capsys):
    assert run(["weights.yaml"]) == 1
    told = capsys.readouterr().out
    assert "holds: The fast one is larger" in told and "does not hold: As large as published" in told
    rows = outcome(workplace).rows
    assert list(rows) == ["fast", "slow", "nothing"]
    assert rows["fast"].figures["doubled"].mean == pytest.approx(2 * rows["fast"].figures["size"].mean)
    assert rows["nothing"].figures["episodes"].mean == 3 and "doubled" not in rows["nothing"].figures
    assert rows["fast"].cpu_seconds > 0 and rows["fast"].machine and list(rows["fast"].seeds) == ["0"]
    assert len(calls()) == 3


def test_what_is_finished_is_never_repeated(workplace, calls, monkeypatch):
    run(["weights.yaml", "rows=fast"])
    assert len(calls()) == 1
    monkeypatch.setattr("worldmodels.training.command.launch", lambda *_, **__: pytest.fail("trained again"))
    run(["weights.yaml", "rows=fast"])
    assert len(calls()) == 1
    edited = (workplace / "weights.yaml").read_text().replace("scale: 2", "scale: 3")
    (workplace / "weights.yaml").write_text(edited)
    run(["weights.yaml", "rows=[fast]"])
    assert len(calls()) == 2


def test_rows_and_seeds_add_up_and_comparisons_wait(workplace, calls, capsys):
    run(["weights.yaml", "rows=fast", "seeds=[0,3]"])
    told = capsys.readouterr().out
    assert "waits for slow at seed 0" in told and "waits for slow at seed 3" in told
    assert "size" not in outcome(workplace).rows["fast"].figures
    run(["weights.yaml", "rows=[slow,nothing]"])
    rows = outcome(workplace).rows
    assert list(rows["fast"].seeds) == ["0", "3"] and list(rows["slow"].seeds) == ["0"]
    assert rows["fast"].figures["doubled"].least < rows["fast"].figures["doubled"].most
    assert rows["fast"].figures["size"].least is None  # measured together, at the claim's own seed


def test_recorded_rows_lie_beside_the_claim(workplace, monkeypatch, capsys):
    monkeypatch.setattr("worldmodels.claims.page.repository", lambda: None)
    run(["weights.yaml", "rows=fast", "record=true"])
    committed = workplace / "results" / "weights.json"
    assert list(read_outcomes(committed)["cpu"].rows) == ["fast"]
    run(["weights.yaml", "rows=slow", "out=other", "record=true"])
    assert list(read_outcomes(committed)["cpu"].rows) == ["fast", "slow"]
    run(["weights.yaml", "size=long", "rows=slow", "record=true"])
    assert list(read_outcomes(committed)) == ["cpu", "long"]
    assert json.loads(committed.read_text())["claim"] == "weights"
    assert "only the repository has it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["wieghts"], UnknownNameError, "unknown claim 'wieghts'"),
        (["weights.yaml", "rows=fats"], UnknownNameError, "Did you mean 'fast'"),
        (["weights.yaml", "size=lung"], UnknownNameError, "Did you mean 'long'"),
        (["weights.yaml", "launcher=jobli"], UnknownNameError, r"unknown launcher 'jobli'.*launchers"),
        (["weights.yaml", "seeds=first"], InputError, "seeds = 'first'"),
    ],
)
def test_what_does_not_fit_is_one_line(words, error, message):
    with pytest.raises(error, match=message):
        run(words)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("kind: weights", "kind: wieghts", "unknown evaluation 'wieghts'. Did you mean 'weights'"),
        ("{doubled: size}", "{doubled: sise}", "unknown figure of the evaluation 'sise'. Did you mean 'size'"),
        ("scale: 2", "scael: 2", "unknown setting of Options 'scael'. Did you mean 'scale'"),
    ],
)
def test_evaluations_settings_and_figures_get_the_nearest_name(workplace, before, after, message):
    path = workplace / "weights.yaml"
    path.write_text(path.read_text().replace(before, after))
    with pytest.raises(UnknownNameError, match=message):
        run(["weights.yaml", "rows=slow"])


def test_a_row_may_begin_from_another_and_comes_after_it(workplace):
    from worldmodels.claims import Run, read

    path = workplace / "weights.yaml"
    path.write_text(path.read_text().replace("slow: {train: [", "slow: {train: ['init={fast}', "))
    work = Run(read(path), workplace / "runs")
    assert [[job.row for job in wave] for wave in work.waves(work.jobs())] == [["fast", "nothing"], ["slow"]]


def test_without_a_name_the_claims_are_listed(capsys):
    assert run([]) == 0
    told = capsys.readouterr().out
    assert told.strip() == "" or told.startswith("claim")


def test_an_unknown_name_in_braces_gets_the_nearest(workplace):
    path = workplace / "weights.yaml"
    path.write_text(path.read_text().replace('data: "{test}"', 'data: "{tset}"'))
    with pytest.raises(UnknownNameError, match=r"'tset'. Did you mean 'test'"):
        run(["weights.yaml", "rows=slow"])
