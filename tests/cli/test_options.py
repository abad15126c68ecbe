from dataclasses import dataclass, field

import pytest

from worldmodels.cli.options import read
from worldmodels.errors import InputError, UnknownNameError


@dataclass(frozen=True)
class Options:
    """Does something.

    Attributes:
        name: What it is
            called.
        steps: How many.
        probe: Whether to look.
        table: More of it.
    """

    name: str
    steps: int = 3
    probe: bool = False
    table: dict[str, float] = field(default_factory=dict)


def test_words_fill_the_dataclass():
    options = read(Options, "verb", ["ball", "steps=5", "table.a=1", "+table.b=2.5"], positional="name")
    assert options == Options("ball", 5, False, {"a": 1.0, "b": 2.5})


@pytest.mark.parametrize(
    ("text", "value"), [("1e-3", 1e-3), ("-2E5", -2e5), (".5e+1", 5.0), ("1.e2", 100.0), ("1.0e-3", 1e-3)]
)
def test_numbers_with_an_exponent_are_numbers(text, value):
    assert read(Options, "verb", ["name=x", f"table.a={text}"]).table == {"a": value}
    assert read(Options, "verb", [f"name='{text}'"]).name == text


@pytest.mark.parametrize("text", ["9e851564c3df", "1234567", "12e45", "2026-11-20", "2026-13-45", "yes"])
def test_text_stays_text_whatever_it_looks_like(text):
    assert read(Options, "verb", [text], positional="name").name == text
    assert read(Options, "verb", [f"name={text}"]).name == text


def test_a_flag_turns_a_setting_on():
    assert read(Options, "verb", ["ball", "--probe"], positional="name").probe
    assert not read(Options, "verb", ["ball", "--probe=false"], positional="name").probe


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        ([], InputError, "needs name=..."),
        (["ball", "again"], InputError, "'again' is not name=value"),
        (["ball", "=3"], InputError, "'=3' is not name=value"),
        (["ball", "stpes=3"], UnknownNameError, "'steps'"),
        (["ball", "--porbe"], UnknownNameError, "'probe'"),
        (["--name"], InputError, "True is not str"),
        (["ball", "steps=many"], InputError, "'many' is not int"),
        (["ball", "steps=[1"], InputError, "cannot be read"),
        (["ball", "steps=2", "steps.more=1"], InputError, "value of its own"),
        (["ball", "steps=!!python/object/apply:os.getcwd []"], InputError, "cannot be read"),
    ],
)
def test_wrong_words(words, error, message):
    with pytest.raises(error) as caught:
        read(Options, "verb", words, positional="name")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_help_explains_every_setting(capsys):
    with pytest.raises(SystemExit) as stop:
        read(Options, "verb", ["--help"])
    text = capsys.readouterr().out
    assert stop.value.code == 0
    for part in (
        "usage: worldmodels verb",
        "Does something.",
        "What it is called. (required)",
        "How many. (default: 3)",
    ):
        assert part in text
