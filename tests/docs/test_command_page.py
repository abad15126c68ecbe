"""The page of the command line is what the verbs say now."""

import pytest
from command_page import PAGE, page


def test_the_page_is_the_help_of_the_verbs():
    for distribution in ("agents", "snitch", "puzzles", "jump", "vim", "inferno"):
        pytest.importorskip(f"worldmodels_{distribution}", reason="the page has the verbs of every distribution")
    assert PAGE.read_text() == page(), "run `make docs`"
