"""Errors: one line each, and the same in another process."""

import pickle

import pytest

from worldmodels import errors
from worldmodels.errors import InputError, UnknownNameError, WorldModelsError

KINDS = [
    kind
    for kind in vars(errors).values()
    if getattr(kind, "__module__", "") == errors.__name__ and isinstance(kind, type)
]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not UnknownNameError])
def test_a_message_is_one_line_and_no_page(kind):
    error = kind("a\n b\t" + "x" * 5000)
    assert str(error).startswith("a b x") and "\n" not in str(error) and len(str(error)) < 2000


@pytest.mark.parametrize("error", [InputError("no"), UnknownNameError("model", "srpv", ["srvp", "vrnn"], "Try.")])
def test_an_error_comes_back_from_another_process(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error) and str(again) == str(error) and isinstance(again, WorldModelsError)
