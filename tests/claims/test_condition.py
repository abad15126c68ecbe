import pytest

from worldmodels.claims.condition import Condition
from worldmodels.errors import InputError, UnknownNameError

FIGURES = {
    "vim": {"purity": {"mean": 0.98, "low": 0.97, "high": 0.99, "least": None}},
    "dense-warm-up": {"loss": {"mean": 231.7, "least": 229.9, "most": 233.8}},
    "naive": {"loss": {"mean": 236.1, "least": 235.0, "most": 236.8}},
    "published.vim": {"purity": {"mean": 0.95}},
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("vim.purity > 0.95", True),
        ("vim.purity.low >= 0.98", False),
        ("dense-warm-up.loss.most < naive.loss.least", True),
        ("naive.loss - dense-warm-up.loss > 4.3", True),
        ("naive.loss - dense-warm-up.loss > 4.5", False),
        ("naive.loss - 1 * 2 == 470.2", True),  # from left to right
        ("-1 < vim.purity / 2", True),
        ("vim.purity >= published.vim.purity", True),
        ("vim.purity.least > 0", None),
        ("other.purity > 0", None),
        ("1 / 0 > 0", None),
    ],
)
def test_holds(text, holds):
    assert Condition(text).holds(FIGURES) is holds


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("vim.purity", InputError, "is no comparison"),
        ("vim.purity > 1 > 2", InputError, "is no comparison"),
        ("vim.purity>1", InputError, "is no comparison"),
        ("vim.purity > ", InputError, "terms joined by"),
        ("vim.purity 3 > 1", InputError, "terms joined by"),
        ("vim > 1", InputError, "neither a number nor"),
        ("__import__('os').system('true') > 1", InputError, "neither a number nor"),
        ("vim.purity.lowest > 1", UnknownNameError, "'lowest'. Did you mean .*'low'"),
    ],
)
def test_what_cannot_be_read_is_refused(text, error, message):
    with pytest.raises(error, match=message):
        Condition(text)
