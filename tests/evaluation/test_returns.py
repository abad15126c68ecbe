import numpy as np
import pytest

from worldmodels.errors import InputError
from worldmodels.evaluation.intervals import success_interval
from worldmodels.evaluation.returns import Results, ReturnGap, returns_table


def test_the_gap_is_what_imagination_promises_too_much():
    agent = ReturnGap(Results([9.0, 10.0, 11.0]), Results([3.0, 4.0, 5.0, 4.0]))
    assert agent.gap.mean == pytest.approx(6.0)
    assert agent.gap.low > 4
    assert agent.gap.low < agent.imagined.mean.mean - agent.real.mean.mean < agent.gap.high


def test_successes_become_rates_in_the_table():
    agent = ReturnGap(Results([1.0, 0.0], [True, False]), Results([0.0, 0.0], np.array([0, 0])))
    table = returns_table({"cem": agent})
    row = dict(zip((c.label for c in table.columns), table.rows[0], strict=True))
    assert row["imagined success"] == success_interval(1, 2)
    assert row["real success"] == success_interval(0, 2)


def test_without_successes_there_are_no_such_columns():
    table = returns_table({"a": ReturnGap(Results([1.0, 2.0]), Results([1.0, 2.0]))})
    assert [c.label for c in table.columns] == ["agent", "real return", "imagined return", "gap"]


def test_successes_of_other_episodes_are_refused():
    with pytest.raises(InputError, match="not of the same episodes"):
        Results([1.0, 2.0], [True])


def test_an_agent_that_never_imagined_has_a_dash_and_facts_have_columns():
    imagined = ReturnGap(Results([1.0, 2.0]), Results([1.0, 2.0]), {"seconds": 3.0})
    real = ReturnGap(None, Results([1.0, 2.0]), {"real steps": 7})
    table = returns_table({"a": imagined, "b": real})
    rows = [dict(zip((c.label for c in table.columns), row, strict=True)) for row in table.rows]
    assert rows[1]["imagined return"] is rows[1]["gap"] is None
    assert [row["seconds"] for row in rows] == [3.0, None]
    assert [row["real steps"] for row in rows] == [None, 7]
