import subprocess
import sys

import pytest

from worldmodels.cli.main import main


@pytest.fixture
def verbs(tmp_path, monkeypatch):
    metadata = tmp_path / "verbs-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: verbs\nVersion: 1.0\n")
    points = "".join(f"{verb} = stranger_verbs:{verb}\n" for verb in ("fail", "stop", "seven", "echo"))
    (metadata / "entry_points.txt").write_text(f"[worldmodels.commands]\n{points}")
    (tmp_path / "stranger_verbs.py").write_text(
        "from worldmodels.errors import InputError\n"
        "def fail(words): raise InputError('first\\n  second')\n"
        "def stop(words): raise KeyboardInterrupt\n"
        "def seven(words): return 7\n"
        "def echo(words): print(words)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.parametrize("words", [[], ["--help"], ["help"]])
def test_usage_names_the_verbs(words, capsys):
    assert main(words) == 0
    assert "list" in capsys.readouterr().out


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.strip()[0].isdigit()


def test_verbs_of_other_packages_get_the_words_after_them(verbs, capsys):
    assert main(["echo", "a=1", "b"]) == 0
    assert capsys.readouterr().out == "['a=1', 'b']\n"
    assert main(["seven"]) == 7


def test_errors_are_one_line_on_stderr(verbs, capsys):
    assert main(["fail"]) == 2
    assert capsys.readouterr().err == "worldmodels: first second\n"


def test_ctrl_c_is_no_traceback(verbs, capsys):
    assert main(["stop"]) == 130
    assert capsys.readouterr().err == "worldmodels: stopped.\n"


def test_an_unknown_verb_suggests_near_ones(capsys):
    assert main(["lits"]) == 2
    assert "'list'" in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_error():
    code = "from worldmodels.cli.main import main; import sys; sys.exit(main(['--help']))"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    _, error = process.communicate()
    assert b"Traceback" not in error
