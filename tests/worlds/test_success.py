import numpy as np
import pytest

from worldmodels.errors import InputError, UnknownNameError
from worldmodels.worlds.success import Ending, Success

ENDING = Ending(
    total=12.5, length=40, reward=-1.0, terminated=True, info={"rank": np.int64(2), "a.b": True, "x": [1, 2]}
)


@pytest.mark.parametrize(
    ("text", "won"),
    [
        ("terminated", True),
        ("truncated", False),
        ("return >= 12.5", True),
        ("return>12.5", False),
        ("length < 1e2", True),
        ("length == 40", True),
        (" reward <= -1 ", True),
        ("info:rank", True),
        ("info:rank < 2", False),
        ("info:a.b", True),
    ],
)
def test_conditions(text, won):
    assert Success.parse(text)(ENDING) is won


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("retrun > 3", UnknownNameError, "Did you mean 'return'"),
        ("return", InputError, "are compared"),
        ("terminated > 0", InputError, "are not"),
        ("return > many", InputError, "is not like"),
        ("return > 3 and terminated", InputError, "is not like"),
        ("__import__('os')", InputError, "is not like"),
        ("info:", InputError, "is not like"),
        (3, InputError, "is not like"),
    ],
)
def test_what_is_no_condition(text, error, message):
    with pytest.raises(error, match=message):
        Success.parse(text)


def test_an_entry_that_is_not_there_or_no_number():
    with pytest.raises(UnknownNameError, match="Did you mean 'rank'"):
        Success.parse("info:rnk")(ENDING)
    with pytest.raises(InputError, match="no single number"):
        Success.parse("info:x > 1")(ENDING)
