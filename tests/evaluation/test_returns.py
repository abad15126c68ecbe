import numpy as np
import pytest

from worldmodels.errors import InputError
from worldmodels.evaluation.intervals import success_interval
from worldmodels.evaluation.returns import Episodes, ReturnGap, returns_table


def test_the_gap_is_what_imagination_promises_too_much():
    agent = ReturnGap(Episodes([9.0, 10.0, 11.0]), Episodes([3.0, 4.0, 5.0, 4.0]))
    assert agent.gap.mean == pytest.approx(6.0)
    assert agent.gap.low > 4
    assert agent.gap.low < agent.imagined.mean.mean - agent.real.mean.mean < agent.gap.high


def test_successes_become_rates_in_the_table():
    agent = ReturnGap(Episodes([1.0, 0.0], [True, False]), Episodes([0.0, 0.0], np.array([0, 0])))
    table = returns_table({"cem": agent})
    assert [c.label for c in table.columns][-2:] == ["imagined success", "real success"]
    assert table.rows[0][-2:] == [success_interval(1, 2), success_interval(0, 2)]


def test_without_successes_there_are_no_such_columns():
    table = returns_table({"a": ReturnGap(Episodes([1.0, 2.0]), Episodes([1.0, 2.0]))})
    assert [c.label for c in table.columns] == ["agent", "imagined return", "real return", "gap"]


def test_successes_of_other_episodes_are_refused():
    with pytest.raises(InputError, match="not of the same episodes"):
        Episodes([1.0, 2.0], [True])
