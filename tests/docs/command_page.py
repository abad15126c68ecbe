"""The page of the command line, written from the verbs' own help: `python tests/docs/command_page.py`."""

import contextlib
import importlib.metadata
import io
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
BEGINNING = """# Command line

`worldmodels VERB setting=value ...`: settings are hydra's overrides, dots reach into mappings, and `group=choice` takes
a ready file. This page is what `worldmodels VERB --help` prints.
"""
ELSEWHERE = ("cater",)
"""Verbs with a grammar of their own."""


def verbs():
    found = {point.name: point for point in importlib.metadata.entry_points(group="worldmodels.commands")}
    return {name: point for name, point in sorted(found.items()) if name not in ELSEWHERE}


def page():
    sections = [f"## {name}\n\n```text\n{said(point)}\n```\n" for name, point in verbs().items()]
    return "\n".join([BEGINNING, *sections])


def said(point):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        point.load()(["--help"])
    # What is chosen from groups depends on what is installed.
    text = re.split(r"\n\ngroups \(", out.getvalue())[0]
    return text.strip()


if __name__ == "__main__":
    PAGE.write_text(page())
