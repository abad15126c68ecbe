import json

import pytest

from worldmodels.claims.catalogue import read
from worldmodels.claims.outcome import (
    Measured,
    Outcome,
    RowOutcome,
    SeedOutcome,
    machine,
    read_outcomes,
    write_outcomes,
)
from worldmodels.errors import InputError


def seed(size, seconds=None, date="2026-11-20"):
    return SeedOutcome({"size": Measured(size, size - 1, size + 1, 9)}, "a machine", date, seconds)


def test_figures_over_seeds():
    row = RowOutcome.over({"0": seed(10.0, 4.0), "1": seed(13.0, date="2026-11-24")})
    assert row.figures["size"].mean == 11.5 and (row.figures["size"].least, row.figures["size"].most) == (10.0, 13.0)
    assert row.figures["size"].n == 2 and row.figures["size"].low < 10
    assert (row.date, row.cpu_seconds) == ("2026-11-24", 4.0)
    assert RowOutcome.over({"0": seed(10.0)}).figures["size"] == Measured(10.0, 9.0, 11.0, 9)


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Measured(10678284.0), "10,678,284"),
        (Measured(0.9871), "0.9871"),
        (Measured(13.962, 13.84, 14.08, 128), "13.96 ± 0.12"),
        (Measured(231.7, least=229.9, most=233.8, n=3), "231.7 (229.9 to 233.8)"),
        (Measured(12.69, 12.61, 12.77, 128), "12.69 ± 0.08"),
        (Measured(0.967, 0.955, 0.979, 3, 0.961, 0.97), "0.9670 (0.9610 to 0.9700)"),
        (Measured(1.0, 1.0, 1.0, 5), "1.000 ± 0.000"),
        (Measured(0.025, n=3, least=0.025, most=0.025), "0.025"),
    ],
)
def test_figures_as_text(figure, text):
    assert str(figure) == text


@pytest.mark.parametrize(
    ("sizes", "verdict"),
    [
        ({}, "not measured"),
        ({"fast": 5.0}, "no"),
        ({"fast": 5.0, "slow": 4.0}, "in part"),
        ({"fast": 2e6, "slow": 4.0}, "yes, as far as measured"),
    ],
)
def test_verdicts(workplace, sizes, verdict):
    outcome = Outcome({name: RowOutcome.over({"0": seed(size)}) for name, size in sizes.items()})
    assert outcome.judged(read(workplace / "weights.yaml")).verdict == verdict


def test_rows_that_a_claim_no_longer_has_are_left_out(workplace):
    outcome = Outcome({"former": RowOutcome.over({"0": seed(1.0)}), "slow": RowOutcome.over({"0": seed(1.0)})})
    assert list(outcome.judged(read(workplace / "weights.yaml")).rows) == ["slow"]


def test_merging_keeps_other_rows_and_seeds():
    former = Outcome({"a": RowOutcome.over({"0": seed(1.0), "1": seed(2.0)}), "b": RowOutcome({"size": Measured(9.0)})})
    merged = former.merged(Outcome({"a": RowOutcome.over({"1": seed(4.0)})}))
    assert {s: found.figures["size"].mean for s, found in merged.rows["a"].seeds.items()} == {"0": 1.0, "1": 4.0}
    assert merged.rows["a"].figures["size"].mean == 2.5 and merged.rows["b"] == former.rows["b"]
    replaced = former.merged(Outcome({"b": RowOutcome.over({"0": seed(3.0)})}))
    assert replaced.rows["b"].figures["size"].mean == 3.0


def test_written_and_read_again(tmp_path):
    outcome = Outcome({"a": RowOutcome.over({"0": seed(10678284.0, 3.0)})}, {"It holds": None, "Or not": False})
    write_outcomes(tmp_path / "results" / "x.json", "x", {"cpu": outcome})
    assert read_outcomes(tmp_path / "results" / "x.json") == {"cpu": outcome}
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["x.json"]
    assert read_outcomes(tmp_path / "none.json") == {}


@pytest.mark.parametrize(
    "text", ["", "[]", '{"sizes": {"cpu": {"rows": {"a": 3}}}}', '{"sizes": {"cpu": {"row": {}}}}']
)
def test_other_files_are_refused(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(InputError, match="is no result of worldmodels reproduce"):
        read_outcomes(tmp_path / "x.json")


def test_machine_says_whether_there_is_a_gpu():
    assert (json.dumps(machine()) and "GPU" in machine()) or "NVIDIA" in machine()
