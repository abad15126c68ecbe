"""The site's pages and their blocks of code, as the tests run them."""

import re
import shlex
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

SMALLER = (
    (r"\bepisodes=\d+", "episodes=8"),
    (r"(?<![_a-z])steps=\d+", "steps=2"),
    (r"total_timesteps=[\d_]+", "total_timesteps=64"),
    (r"\bsamples=\d+", "samples=8"),
    (r"\bbatch_size=\d+", "batch_size=4"),
    (r"\bnum_envs=\d+", "num_envs=4"),
    (r"\bn_steps=\d+", "n_steps=8"),
    (r"\bhorizon=(8|12|20|50)\b", "horizon=4"),
)
"""Numbers of the pages are what a user wants; tests run the same code with few of everything."""

ELSEWHERE = {
    "pip": "needs a network; tests/end_to_end installs wheels",
    "uv": "needs a network; tests/end_to_end/test_packages.py",
    "make": "runs these very tests",
    "worldmodels push": "needs a network; tests/checkpoints/test_hub.py",
    "worldmodels demo": "takes minutes; agents/tests/test_commands.py",
    "worldmodels check": "takes a while; tests/cli/test_check.py",
    "worldmodels list --probe": "loads each plugin in a process; tests/cli/test_listing.py",
}


def pages():
    """All pages in the order of the navigation."""

    def names(entry):
        if isinstance(entry, str):
            return [entry]
        if isinstance(entry, dict):
            return [name for value in entry.values() for name in names(value)]
        return [name for part in entry for name in names(part)]

    return names(tomllib.loads((ROOT / "zensical.toml").read_text())["project"]["nav"])


def blocks(page):
    """(language, info, text) of a page's fenced blocks, what they include put in."""
    text = (DOCS / page).read_text()
    text = re.sub(r'^--8<-- "(.+)"$', lambda match: (ROOT / match[1]).read_text().rstrip(), text, flags=re.MULTILINE)
    return re.findall(r"^```(\w+)([^\n]*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def smaller(text):
    for pattern, number in SMALLER:
        text = re.sub(pattern, number, text)
    return text


def commands(text):
    """The words of each command of a console block that is run here."""
    for line in text.splitlines():
        command = line.removeprefix("$ ")
        if line.startswith("$ ") and not any(command.startswith(start) for start in ELSEWHERE):
            yield shlex.split(smaller(command), comments=True)
