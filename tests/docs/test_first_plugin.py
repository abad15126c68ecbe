"""The tutorial's commands and code, run in the order in which they are written."""

import re
import shlex
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from worldmodels.testing.plugins import install

ROOT = Path(__file__).parents[2]
VERBS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["worldmodels.commands"]
ELSEWHERE = ("pip", "worldmodels push")
"""Commands that need a network; installing and pushing have tests of their own."""


def blocks():
    """(language, text) of the page's fenced blocks, what they include put in."""
    text = (ROOT / "docs" / "first_plugin.md").read_text()
    text = re.sub(r'^--8<-- "(.+)"$', lambda match: (ROOT / match[1]).read_text(), text, flags=re.MULTILINE)
    return re.findall(r"^```(python|console)[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def command(line):
    words = shlex.split(line.removeprefix("$ "), comments=True)
    module, _, function = VERBS[words[1]].partition(":")
    assert getattr(import_module(module), function)(words[2:]) in (None, 0)


@pytest.mark.slow
def test_it_works_as_written(tmp_path, monkeypatch):
    pytest.importorskip("worldmodels_envs")
    monkeypatch.chdir(tmp_path)
    install(tmp_path / "site", "example", "worldmodels_example.model:Example")
    namespace = {"__name__": "tutorial"}
    run = []
    for language, text in blocks():
        if language == "python":
            exec(compile(text, "first_plugin.md", "exec"), namespace)
        for line in text.splitlines() if language == "console" else ():
            if line.removeprefix("$ ").startswith(ELSEWHERE):
                continue
            command(line)
            run.append(line.split()[2])
            if run == ["new"]:  # and installed
                for folder in ("site", "worldmodels-example"):
                    monkeypatch.syspath_prepend(str(tmp_path / folder))
    assert run == ["new", "list", "check", "record", "train"]
