"""The site builds without a warning, no link is dead, and its words are spelt as the field spells them."""

import re
import subprocess
import sys

import command_page as commands
import pytest
from pages import DOCS, ROOT, pages

WORDS = {
    r"\bfilms?\b": "video",
    r"\bmend(ed|ing|s)?\b": "fix",
    r"\bforetell|\bforesee|\bforeseen": "predict",
    r"\byardstick": "baseline",
    r"\bnobody acts\b": "action-free",
    r"\bread-me\b": "README",
    r"\bstranger": "third-party",
    r"\brecieve|\bseperat|\boccured|\bteh\b|\bdefinately": "a spelling mistake",
}


def test_every_page_is_in_the_navigation_and_the_other_way_round():
    there = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}
    assert set(pages()) == there
    assert len(pages()) == len(set(pages()))


@pytest.mark.parametrize("page", pages())
def test_no_link_is_dead(page):
    source = DOCS / page
    text = re.sub(r"^```.*?^```", "", source.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (source.parent / path).resolve() if path else source
        assert found.is_file(), f"{page}: {target}"
        if anchor and found.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", found.read_text(), re.MULTILINE)
            assert anchor in map(slug, headings), f"{page}: {target}"


def slug(heading):
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())


@pytest.mark.parametrize("page", [page for page in pages() if page != "claims.md"])
def test_words_are_the_fields(page):
    text = re.sub(r"^```.*?^```", "", (DOCS / page).read_text(), flags=re.MULTILINE | re.DOTALL)
    for pattern, instead in WORDS.items():
        found = re.search(pattern, text, re.IGNORECASE)
        assert found is None, f"{page}: write {instead!r}, not {found[0]!r}"


def test_spelling():
    codespell = pytest.importorskip("codespell_lib")
    words = ROOT / "docs" / "words.txt"
    files = [str(DOCS / page) for page in pages()] + [str(ROOT / "README.md")]
    assert codespell.main("--ignore-words", str(words), *files) == 0


def test_every_verb_is_on_the_command_lines_page():
    """`make docs` writes the page anew; settings may differ from it in between, verbs may not."""
    text = commands.PAGE.read_text()
    for verb in commands.verbs():
        assert f"## {verb}\n" in text, "python tests/docs/command_page.py writes it"


@pytest.mark.slow
def test_the_site_builds_without_warnings(tmp_path):
    pytest.importorskip("zensical")
    pytest.importorskip("mkdocstrings")
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    assert not re.search("warning|error", result.stdout + result.stderr, re.IGNORECASE)
    checks = (ROOT / "site" / "reference" / "checks" / "index.html").read_text()
    assert "check_observe_is_causal" in checks
