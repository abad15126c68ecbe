"""Every notebook runs from its first cell to its last, with few of everything."""

import matplotlib
import pytest
from pages import DOCS, smaller

NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.py"))
NEEDED = ("worldmodels_envs", "worldmodels_srvp", "worldmodels_agents")


def cells(path):
    """The code cells, as Jupyter would show them."""
    jupytext = pytest.importorskip("jupytext", reason="jupytext is not installed")
    return [cell.source for cell in jupytext.read(path).cells if cell.cell_type == "code"]


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run(path, tmp_path, monkeypatch, capsys):
    for needed in NEEDED:
        pytest.importorskip(needed)
    matplotlib.use("agg")
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "__main__"}
    for number, source in enumerate(cells(path)):
        exec(compile(smaller(source), f"{path.name}, cell {number}", "exec"), namespace)
    if "plt" in namespace:
        namespace["plt"].close("all")
    shown = capsys.readouterr().out
    assert {
        "five_minutes": "of the episodes",
        "your_environment": "planner: ",
        "your_model": "the belief after frame 0 depends on frame 1",
    }[path.stem] in shown


def test_the_site_links_to_each():
    text = (DOCS / "notebooks.md").read_text()
    assert len(NOTEBOOKS) == 3
    assert all(f"(notebooks/{path.name})" in text for path in NOTEBOOKS)
