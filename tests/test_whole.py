import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from worldmodels.errors import OutputError
from worldmodels.whole import check_place, draft, sweep, write_file, write_folder

WRITES_FOR_EVER = """
import sys, time
from pathlib import Path
from worldmodels.whole import draft, write_folder
def fill(folder):
    (folder / "part").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
if sys.argv[2] == "folder":
    write_folder(Path(sys.argv[1]), fill)
with draft(Path(sys.argv[1])) as ours:
    ours.write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""


def test_a_file_appears_whole_in_a_new_folder_and_replaces_an_older_one(tmp_path):
    for content in (b"first", b"second"):
        assert write_file(tmp_path / "new" / "file", content).read_bytes() == content
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["file"]


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt(), OSError(errno.ENOSPC, "full")])
def test_what_goes_wrong_leaves_the_old_one(tmp_path, error):
    write_file(tmp_path / "file", b"old")
    expected = OutputError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected) as caught, draft(tmp_path / "file") as ours:
        ours.write_bytes(b"half")
        raise error
    assert (tmp_path / "file").read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1
    assert not isinstance(error, OSError) or str(caught.value).endswith("file cannot be written: the disk is full.")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_drafts_of_the_living_stay_and_those_of_the_dead_go(tmp_path, kind):
    place = tmp_path / "re*sult"
    with subprocess.Popen(
        [sys.executable, "-c", WRITES_FOR_EVER, str(place), kind], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "writing\n"
        drafts = set(tmp_path.glob(".*"))
        sweep(tmp_path)
        assert drafts and set(tmp_path.glob(".*")) == drafts
        process.send_signal(signal.SIGKILL)
    sweep(tmp_path, "another")
    assert set(tmp_path.glob(".*")) == drafts
    write_file(place, b"whole")
    assert list(tmp_path.iterdir()) == [place]


def test_a_draft_whose_lock_another_process_holds_is_not_swept(tmp_path):
    token = tmp_path / ".result.0badc0de.draft"
    with open(token, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        sweep(tmp_path)
        assert token.exists()
    sweep(tmp_path)
    assert not token.exists()


def test_a_folder_is_replaced_only_by_what_is_of_its_kind(tmp_path):
    fill = lambda folder: (folder / "known").write_text("new")  # noqa: E731
    place = write_folder(tmp_path / "place", fill)
    with pytest.raises(OutputError, match="would erase"):
        write_folder(place, fill)
    write_folder(place, fill, {"known"})
    (place / "mine").touch()
    with pytest.raises(OutputError, match="'mine'"):
        write_folder(place, fill, {"known"})
    assert sorted(path.name for path in place.iterdir()) == ["known", "mine"]


@pytest.mark.parametrize("place", ["/proc/nothing/file", "/dev/null/file", f"/tmp/{'x' * 300}"])
def test_places_that_cannot_be_written_are_told_before(place):
    with pytest.raises(OutputError, match="cannot be written"):
        check_place(Path(place))


def test_a_place_that_can_be_written_is_left_as_it_was(tmp_path):
    check_place(tmp_path / "folder" / "file")
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]
    assert os.listdir(tmp_path / "folder") == []
