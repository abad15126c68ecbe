"""A disk that is full after so many bytes: one line, and what was there before stays whole."""

import os
import resource
import signal
from pathlib import Path

import pytest
from attacks import COUNT
from test_kills import WORDS, split

from worldmodels.cli.main import main

ROOMS = [0, 1, 100, 4096, 100_000] if not COUNT else [0, *(int(2 ** (i * 1.05)) for i in range(1, 20))]
LINES = {
    **{verb: WORDS[verb] for verb in ("train", "learn", "evaluate")},
    "record": "record world=reach episodes=1 out=OUT",
    "new": "new mine folder=OUT",
}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_full_disk(line, place, tmp_path, monkeypatch):
    """Files of a child of this process cannot grow beyond `room` bytes; the result of an earlier call lies there."""
    monkeypatch.chdir(tmp_path)
    out = tmp_path / ("policy.zip" if line.startswith("learn") else "out")
    names = {"DATA": str(place.data), "CHECKPOINT": str(place.checkpoint), "OUT": str(out)}
    words = split(line)
    for name, path in names.items():
        words = [word.replace(name, path) for word in words]
    if line.startswith("record"):  # an existing store is continued; whole episodes stay
        assert main(words) == 0
    if line.startswith(("learn", "evaluate")):
        out.mkdir() if line.startswith("evaluate") else None
        (out / "result.json" if out.is_dir() else out).write_bytes(b"of another time")
    before = contents(tmp_path)
    for room in ROOMS:
        code, told = in_child(words, room, tmp_path.parent / "told")
        if code == 0:  # there was room for all of it
            assert room >= 100
            break
        after = contents(tmp_path)
        assert told.count("worldmodels: ") == 1 and "Traceback" not in told, (room, code, told)
        assert {path: after.get(path) for path in before if "/episodes" not in path} == before, room
        assert not [path for path in after if ".draft" in path], room


def in_child(words: list[str], room: int, told: Path) -> tuple[int, str]:
    """Exit code and error output of a verb in a fork, whose files cannot grow beyond `room` bytes."""
    told.touch()
    child = os.fork()
    if not child:
        os.dup2(os.open(told, os.O_WRONLY | os.O_TRUNC), 2)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        os._exit(_quietly(words, room))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), told.read_text()


def _quietly(words: list[str], room: int) -> int:
    """The exit code; what the verb says goes to a pipe, since the limit holds for the file it is read from too."""
    import io
    import sys

    sys.stderr = io.StringIO()
    sys.stdout = io.StringIO()
    code = main(words)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    os.write(2, sys.stderr.getvalue().encode())
    return code
