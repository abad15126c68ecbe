"""Every block of code of the guides runs, page after page in one folder, as a reader would run them."""

import ast

import pytest
from pages import blocks, commands, pages, smaller

import worldmodels
from worldmodels.cli.main import main

NEEDED = (
    "worldmodels_envs",
    "worldmodels_srvp",
    "worldmodels_vim",
    "worldmodels_agents",
    "pygame",
    "pyarrow",
    "minari",
    "starlette",
)
GUIDES = [page for page in pages() if any(language in ("python", "console") for language, _, _ in blocks(page))]
OF_THEIR_OWN = ("first_plugin.md", "contract.md")
"""The tutorial has a test of its own; the contract's blocks are pieces of models."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    for needed in NEEDED:
        pytest.importorskip(needed)
    return tmp_path_factory.mktemp("reader")


def play(words, monkeypatch):
    """`worldmodels play` up to where it would serve."""
    from worldmodels.cli.options import read
    from worldmodels.play.command import PlayOptions, find_gallery

    gallery = find_gallery(read(PlayOptions, "play", words, positional="checkpoint", groups=("world",)))
    assert gallery.titles()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning:minari")  # of metadata that are left out
@pytest.mark.parametrize("page", [page for page in GUIDES if page not in OF_THEIR_OWN])
def test_blocks_run(page, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(folder / "minari"))
    namespace = {"__name__": page.removesuffix(".md")}
    for language, info, text in blocks(page):
        if language == "python" and "examples/" not in info:
            exec(compile(smaller(text), page, "exec"), namespace)
        for words in commands(text) if language == "console" else ():
            assert words[0] == "worldmodels", words
            if words[1] == "play":
                play(words[2:], monkeypatch)
            else:
                assert main(words[1:]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("page", GUIDES)
def test_modules_are_imported_where_they_are_used(page):
    """A reader's interpreter has not loaded what other tests of this process have."""
    trees = [ast.parse(text) for language, _, text in blocks(page) if language == "python"]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    loaded = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    used = {
        f"worldmodels.{node.attr}"
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "worldmodels"
        if node.attr not in worldmodels.__all__
    }
    assert used <= loaded
