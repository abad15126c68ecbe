"""What is released: wheels and sdists of every distribution; the README and the page run from the wheels."""

import importlib.metadata
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import time
import tomllib
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [ROOT, ROOT / "envs", ROOT / "agents", *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Wheel and sdist of every distribution."""
    folder = tmp_path_factory.mktemp("built")
    for source in SOURCES:
        command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
        done = subprocess.run(command, cwd=source, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    return folder


def test_every_distribution_is_whole(built):
    versions = set()
    for source in SOURCES:
        project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
        versions.add(project["version"])
        stem = f"{project['name'].replace('-', '_')}-{project['version']}"
        wheel = zipfile.ZipFile(built / f"{stem}-py3-none-any.whl").namelist()
        with tarfile.open(built / f"{stem}.tar.gz") as archive:
            sdist = [name.partition("/")[2] for name in archive.getnames()]
        package = "worldmodels" if source == ROOT else project["name"].replace("-", "_")
        files = [path.relative_to(source) for path in (source / package).rglob("*") if path.is_file()]
        kept = [str(path) for path in files if "__pycache__" not in path.parts]
        assert set(kept) <= set(wheel), project["name"]
        assert set(kept) <= set(sdist), project["name"]
        assert not [name for name in wheel if name.startswith(("tests/", "experiments/"))], project["name"]
    assert len(versions) == 1
    assert f"## {versions.pop()}" in (ROOT / "CHANGELOG.md").read_text()


@pytest.fixture(scope="module")
def place(built, tmp_path_factory):
    """A bare environment into which the wheels are installed; third-party packages are lent."""
    folder = tmp_path_factory.mktemp("released")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, *map(str, built.glob("*.whl"))], check=True)
    ours = ("worldmodels", "_worldmodels", "__editable__")
    lent = folder / "lent"
    lent.mkdir()
    for entry in map(Path, {sysconfig.get_path("purelib"), *third_party()}):
        for part in entry.iterdir():
            if part.suffix != ".pth" and not part.name.startswith(ours) and not (lent / part.name).exists():
                (lent / part.name).symlink_to(part)
    site = next((folder / "venv" / "lib").glob("python*/site-packages"))
    (site / "lent.pth").write_text(f"{lent}\n")
    return folder


def third_party():
    """Folders of installed packages, such as a shared environment's below this one."""
    return {
        str(Path(str(importlib.metadata.distribution(name).locate_file(""))).resolve()) for name in ("torch", "numpy")
    }


def bare():
    return {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}


@pytest.mark.slow
def test_the_readmes_lines_run_from_wheels(place):
    code = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[0]
    code += f"\nassert worldmodels.__file__.startswith({str(place)!r}), worldmodels.__file__\n"
    command = [str(place / "venv" / "bin" / "python"), "-c", code.replace("num_envs=256", "num_envs=4")]
    done = subprocess.run(command, cwd=place, env=bare(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.slow
def test_the_page_is_served_from_wheels(place):
    pytest.importorskip("uvicorn")
    command = [str(place / "venv" / "bin" / "worldmodels"), "play", "port=18461"]
    served = subprocess.Popen(command, cwd=place, env=bare(), stdout=subprocess.PIPE, text=True)
    try:
        assert "http://127.0.0.1:18461/" in served.stdout.readline()
        for _ in range(300):
            try:
                with urllib.request.urlopen("http://127.0.0.1:18461/play.js", timeout=5) as answer:
                    assert b"WebSocket" in answer.read()
                break
            except OSError:
                time.sleep(0.2)
        else:
            pytest.fail("the page was not served within a minute")
    finally:
        served.terminate()
        served.wait()
        served.stdout.close()
