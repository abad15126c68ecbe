import os
import subprocess
import sys
import time

import pytest

from worldmodels.cli.listing import run
from worldmodels.plugins import available
from worldmodels.plugins.probe import probe
from worldmodels.testing.plugins import install

GOOD = "from worldmodels.testing.toy import Toy\nclass Model(Toy):\n    presets = {'tiny': {}}\n"
GOOD = GOOD.replace("(Toy)", "(Likelihood, Toy)") + "    def _log_prob(self, *arguments): ...\n"
GOOD = "from worldmodels.abilities import Likelihood\n" + GOOD
STRANGERS = {
    "absent": "import no_such_package",
    "crashing": "import os; os.abort()",
    "loud": "print('x' * 1_000_000); raise ValueError('loud')",
}
CAUSES = {
    "absent": "No module named 'no_such_package'",
    "crashing": "died by signal 6",
    "loud": "ValueError: loud",
    "twice": "claimed by first-dist and second-dist",
}


@pytest.fixture
def strangers(installed, tmp_path, monkeypatch):
    for name, source in STRANGERS.items():
        installed(name, source)
    installed("twice", GOOD, "first-dist")
    install(tmp_path / "site", "twice", "stranger_twice:Model", "second-dist")
    installed("good", GOOD)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "site"), *sys.path]))


def test_listing_names_each_and_imports_none(strangers, capsys):
    assert run([]) == 0
    out = capsys.readouterr().out
    assert "crashing" in out
    assert "worldmodels-good 1.0" in out
    assert "second-dist (IN CONFLICT)" in out
    assert not {f"stranger_{name}" for name in STRANGERS} & set(sys.modules)


@pytest.mark.slow
def test_probing_shows_what_works_and_why_the_rest_does_not(strangers, monkeypatch, capsys):
    # Those that come with the library are left out, to save the time.
    everything = available()
    monkeypatch.setattr(
        "worldmodels.cli.listing.available", lambda: {name: everything[name] for name in [*CAUSES, "good"]}
    )
    assert run(["--probe"]) == 1
    out = capsys.readouterr().out
    good = next(line for line in out.splitlines() if line.startswith("good "))
    assert good.split()[-3:] == ["yes", "Likelihood", "tiny"]
    for name, cause in CAUSES.items():
        line = next(line for line in out.splitlines() if line.startswith(f"{name}: "))
        assert cause in line


def test_a_plugin_that_hangs_is_given_up(installed, tmp_path, monkeypatch, capsys):
    installed("hanging", "import time\nwhile True: time.sleep(1)")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "site"), *sys.path]))
    assert probe("hanging", 0.5).fault == "it was still being imported after 0.5 s"


def test_a_probe_that_is_stopped_takes_the_import_with_it(installed, tmp_path, monkeypatch):
    noted = tmp_path / "process"
    source = f"import os, pathlib, time\npathlib.Path({str(noted)!r}).write_text(str(os.getpid()))\ntime.sleep(60)"
    installed("sleeping", source)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "site"), *sys.path]))

    def stop(process, *_):
        while not noted.exists() or not noted.read_text():
            time.sleep(0.05)
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "wait", stop)
    with pytest.raises(KeyboardInterrupt):
        probe("sleeping")
    with pytest.raises(ProcessLookupError):
        os.kill(int(noted.read_text()), 0)


def test_nothing_installed(monkeypatch, capsys):
    monkeypatch.setattr("worldmodels.cli.listing.available", dict)
    assert run([]) == 0
    assert "no model is installed" in capsys.readouterr().out
