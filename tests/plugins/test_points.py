"""Plugins of every kind are isolated alike."""

import pytest

from worldmodels.cli.main import FAULT, main
from worldmodels.plugins.points import BENCHMARKS, COMMANDS, EVALUATIONS, IMPORTERS, KINDS, MODELS, installed

CALLS = {
    MODELS: ["check", "broken", "only=[losses]"],
    COMMANDS: ["broken"],
    EVALUATIONS: ["evaluate", "broken"],
    BENCHMARKS: ["bench", "broken"],
    IMPORTERS: ["import", "broken", "weights=x", "config=x", "out=y"],
}
UNPRINTABLE = """
class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no words")
    __repr__ = __str__

raise Unprintable
"""
SOURCES = {
    "raises": ("raise ValueError('first\\nsecond')", "ValueError: first"),
    "cannot be printed": (UNPRINTABLE, "Unprintable, which cannot be printed"),
    "exits": ("import sys; sys.exit(3)", "SystemExit: 3"),
    "lacks a package": ("import no_such_package", "No module named 'no_such_package'"),
    "is empty": ("", "AttributeError"),
}


def offer(folder, group, distribution="stranger", module="", source=""):
    """A distribution that offers "broken" in a group."""
    module = module or f"module_of_{distribution}"
    metadata = folder / f"{distribution}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[{group}]\nbroken = {module}:Thing\n")
    (folder / f"{module}.py").write_text(source)


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("group", [group for group in KINDS if group != MODELS])
@pytest.mark.parametrize("kind", SOURCES)
def test_a_broken_one_is_named_with_distribution_and_cause(site, group, kind, capsys):
    source, cause = SOURCES[kind]
    offer(site, group, module=f"broken_{group.replace('.', '_')}_{abs(hash(kind))}", source=source)
    assert main(CALLS[group]) == 2
    error = capsys.readouterr().err
    assert f"{KINDS[group]} 'broken' of stranger (" in error and cause in error and error.count("\n") == 1


@pytest.mark.parametrize("group", KINDS)
def test_two_of_one_name_are_named(site, group, capsys):
    for distribution in ("first", "second"):
        offer(site, group, distribution)
    assert main(CALLS[group]) == 2
    error = capsys.readouterr().err
    assert f"the {KINDS[group]} name 'broken' is claimed by " in error
    assert "first" in error and "second" in error


@pytest.mark.parametrize("group", [COMMANDS, BENCHMARKS])
def test_one_that_fails_when_it_is_called(site, group, capsys):
    module = f"failing_{group.replace('.', '_')}"
    offer(site, group, module=module, source="def Thing(*words):\n    return {}['nothing']\n")
    assert main(CALLS[group]) == FAULT
    error = capsys.readouterr().err
    assert "'broken' of stranger" in error and "KeyError: 'nothing'" in error and f"{module}.py:2" in error
    assert error.count("\n") == 1


def test_a_broken_benchmark_leaves_the_others(site, monkeypatch, capsys):
    offer(site, BENCHMARKS, source="raise ValueError('mine')")
    ours = {"broken": installed(BENCHMARKS)["broken"]}
    monkeypatch.setattr("worldmodels.cli.bench.installed", lambda group: ours)
    assert main(["bench"]) == 0
    assert "broken is left out: benchmark 'broken' of stranger" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "verdict"),
    [("import os; os._exit(0)", "died with exit code 0"), ("import os; os.abort()", "died by signal 6")],
)
def test_check_gives_a_verdict_on_what_ends_its_process(site, capsys, source, verdict):
    offer(site, MODELS, module=f"ending_{abs(hash(source))}", source=source)
    assert main(CALLS[MODELS]) == 2
    error = capsys.readouterr().err
    assert "broken" in error and verdict in error and error.count("\n") == 1


@pytest.mark.slow
def test_check_gives_up_on_what_never_ends(site, capsys):
    offer(site, MODELS, module="endless_module", source="while True: pass")
    assert main([*CALLS[MODELS], "seconds=0.5"]) == 2
    assert "still being imported after 0.5 s" in capsys.readouterr().err
