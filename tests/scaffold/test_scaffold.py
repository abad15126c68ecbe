import os
import subprocess
import sys
import tomllib

import pytest
from packaging.specifiers import SpecifierSet

import worldmodels
from worldmodels.cli.new import run
from worldmodels.errors import InputError, OutputError, PluginError
from worldmodels.scaffold import write_package
from worldmodels.testing.plugins import install


@pytest.fixture
def package(tmp_path):
    return write_package("bouncing_ball", tmp_path)


def test_the_package_is_named_throughout(package):
    assert package.name == "worldmodels-bouncing-ball"
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    points = project["entry-points"]["worldmodels.models"]
    assert project["name"] == "worldmodels-bouncing-ball"
    assert points == {"bouncing_ball": "worldmodels_bouncing_ball.model:BouncingBall"}
    assert "class BouncingBall(WorldModel)" in (package / "worldmodels_bouncing_ball" / "model.py").read_text()
    assert (package / "tests" / "test_bouncing_ball.py").is_file()
    for path in package.rglob("*"):
        assert "example" not in path.name
        assert path.is_dir() or "xample" not in path.read_text()


def test_it_takes_this_version_of_the_core(package):
    (requirement,) = tomllib.loads((package / "pyproject.toml").read_text())["project"]["dependencies"]
    assert worldmodels.__version__ in SpecifierSet(requirement.removeprefix("worldmodels-core"))


def test_it_is_short(package):
    lines = [line for path in package.rglob("*.py") for line in path.read_text().splitlines() if line.strip()]
    assert len(lines) <= 80


def test_its_tests_and_its_check_pass_as_written(package, tmp_path):
    install(tmp_path / "site", "bouncing_ball", "worldmodels_bouncing_ball.model:BouncingBall")
    path = os.pathsep.join([str(tmp_path / "site"), str(package), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    check = "import sys; from worldmodels.cli.check import run; sys.exit(run(['bouncing_ball']))"
    for arguments in (["-m", "pytest", "-q", "-p", "no:cacheprovider"], ["-c", check]):
        command = [sys.executable, "-W", "error::UserWarning", *arguments]
        result = subprocess.run(command, cwd=package, env=environment, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout + result.stderr


def test_the_verb_says_what_to_do_next(tmp_path, capsys):
    run(["ball", f"folder={tmp_path}"])
    out = capsys.readouterr().out
    assert f"pip install --editable '{tmp_path}/worldmodels-ball[dev]'" in out
    assert "worldmodels check ball" in out


@pytest.mark.parametrize(
    "name", ["", "Ball", "2ball", "my-model", "my model", "../x", "class", "_x", "x_", "a__b", "é"]
)
def test_names_that_are_none(tmp_path, name):
    with pytest.raises(InputError, match="no name for a model"):
        write_package(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(package, tmp_path):
    (package / "README.md").write_text("mine")
    with pytest.raises(InputError, match="exists"):
        write_package("bouncing_ball", tmp_path)
    assert (package / "README.md").read_text() == "mine"


def test_a_name_that_is_taken(toy, tmp_path):
    with pytest.raises(PluginError, match="taken by worldmodels-toy"):
        write_package(toy, tmp_path)


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        write_package("ball", tmp_path / "file")
