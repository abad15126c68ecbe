import errno
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from gymnasium import spaces

from worldmodels.data import EpisodeStore, EpisodeWriter, writer
from worldmodels.errors import DataError, InputError
from worldmodels.locks import LOCK

SPACE = spaces.Discrete(4)

RECORDER = """
import sys
import numpy as np
from gymnasium import spaces
from worldmodels.data import Episode, EpisodeStore, EpisodeWriter
with EpisodeWriter(sys.argv[1], action_space=spaces.Discrete(4), sync=False) as writer:
    print("ready", flush=True)
    while True:
        rng = np.random.default_rng(len(writer))
        steps = int(rng.integers(1, 40))
        writer.add(Episode(
            rng.integers(0, 256, (steps + 1, 32, 32, 3), dtype=np.uint8), rng.integers(0, 4, steps),
            rng.normal(size=steps), np.zeros(steps, bool), np.zeros(steps, bool), seed=len(writer)))
"""


def expected(number):
    rng = np.random.default_rng(number)
    steps = int(rng.integers(1, 40))
    frames = rng.integers(0, 256, (steps + 1, 32, 32, 3), dtype=np.uint8)
    return frames, rng.integers(0, 4, steps), rng.normal(size=steps)


def test_killed_recorder_loses_no_finished_episode(tmp_path):
    path, finished = tmp_path / "s", 0
    for delay in (0.0, 0.013, 0.05, 0.121):
        command = [sys.executable, "-c", RECORDER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1"}) as run:
            run.stdout.readline()
            while not (path / "index.bin").exists() or not (path / "index.bin").stat().st_size:
                time.sleep(0.001)
            time.sleep(delay)
            seen = len(EpisodeStore(path))
            run.send_signal(signal.SIGKILL)
        store = EpisodeStore(path)
        assert len(store) >= max(seen, finished, 1)
        finished = len(store)
        store.verify()
        for i, episode in enumerate(store):
            for stored, written in zip((episode.frames, episode.actions, episode.rewards), expected(i), strict=True):
                np.testing.assert_array_equal(stored, written)
            assert episode.seed == i


@pytest.mark.parametrize("tail", [b"\x01", b"\x00" * 40, b"\x00" * 100, b"\x07" * 39])
def test_torn_tails_are_passed_over_and_cut(store_path, make_episode, assert_same, tail):
    whole = {p.name: p.read_bytes() for p in store_path.iterdir()}
    for path in store_path.glob("*.bin"):
        with open(path, "ab") as file:
            file.write(tail)
    assert len(EpisodeStore(store_path)) == 5
    with EpisodeWriter(store_path, action_space=SPACE):
        assert {p.name: p.read_bytes() for p in store_path.iterdir()} == whole
    with EpisodeWriter(store_path, action_space=SPACE) as appended:
        appended.add(make_episode(3, 8))
    store = EpisodeStore(store_path)
    store.verify()
    assert_same(store[5], make_episode(3, 8))


@pytest.mark.parametrize("calls", range(1, 8))
def test_full_disk_rolls_back_the_episode_and_one_can_go_on(store_path, make_episode, assert_same, monkeypatch, calls):
    whole = {p.name: p.read_bytes() for p in store_path.iterdir()}
    left = [calls]

    def full(handle, raw, begin):
        left[0] -= 1
        if left[0] <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, raw[: len(raw) // 2 + 1], begin)

    real = os.pwrite
    with EpisodeWriter(store_path, action_space=SPACE) as appended:
        monkeypatch.setattr(writer.os, "pwrite", full)
        with pytest.raises(DataError, match=r"disk is full.*5 whole episodes"):
            appended.add(make_episode(20, 8))
        monkeypatch.undo()
        assert {p.name: p.read_bytes() for p in store_path.iterdir()} == whole
        appended.add(make_episode(3, 9))
    assert_same(EpisodeStore(store_path)[5], make_episode(3, 9))


def test_a_limit_of_the_operating_system_leaves_the_store_whole(tmp_path, make_episode):
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))\n" + RECORDER
    run = subprocess.run([sys.executable, "-c", limited, str(tmp_path / "s")], capture_output=True, text=True)
    store = EpisodeStore(tmp_path / "s")
    store.verify()
    assert run.returncode == 1 and f"the disk is full); the store keeps its {len(store)} whole" in run.stderr
    assert (tmp_path / "s" / "frames.bin").stat().st_size == 3072 * int((store.steps + 1).sum())
    for i, episode in enumerate(store):
        np.testing.assert_array_equal(episode.frames, expected(i)[0])


def test_interrupt_between_rows_and_record_leaves_the_store_whole(store_path, make_episode, monkeypatch):
    def interrupted(handle):
        raise KeyboardInterrupt

    with EpisodeWriter(store_path, action_space=SPACE) as appended:
        monkeypatch.setattr(writer.os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            appended.add(make_episode(20, 8))
        monkeypatch.undo()
        appended.add(make_episode(3, 9))
    store = EpisodeStore(store_path)
    store.verify()
    assert store.steps.tolist() == [3, 9, 1, 6, 12, 3]


def test_one_writer_at_a_time(store_path):
    with EpisodeWriter(store_path, action_space=SPACE):
        with pytest.raises(DataError, match="another writer"):
            EpisodeWriter(store_path, action_space=SPACE)
    EpisodeWriter(store_path, action_space=SPACE).close()


def test_other_worlds_and_folders_are_refused(store_path, tmp_path):
    with pytest.raises(DataError, match=r"Discrete\(4\), not Discrete\(5\)"):
        EpisodeWriter(store_path, action_space=spaces.Discrete(5))
    with pytest.raises(DataError, match="frames a second"):
        EpisodeWriter(store_path, action_space=SPACE, fps=25)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    with pytest.raises(DataError, match="not empty"):
        EpisodeWriter(tmp_path / "mine")
    with pytest.raises(DataError, match="cannot be a store"):
        EpisodeWriter(tmp_path / "mine" / "thesis.tex")


def test_a_link_in_place_of_a_column_is_not_followed(store_path, tmp_path):
    target = tmp_path / "precious"
    target.write_bytes((store_path / "frames.bin").read_bytes() + b"more")
    (store_path / "frames.bin").unlink()
    (store_path / "frames.bin").symlink_to(target)
    with pytest.raises(DataError, match="cannot be written"):
        EpisodeWriter(store_path, action_space=SPACE)
    assert target.read_bytes().endswith(b"more")


BAD = {
    "float frames": (dict(frames=np.zeros((5, 4, 5, 3), np.float32)), "uint8"),
    "channels first": (dict(frames=np.zeros((5, 3, 4, 5), np.uint8)), "frames have shape|channels"),
    "no time": (dict(frames=np.zeros((4, 5, 3), np.uint8)), "shape"),
    "few actions": (dict(actions=np.zeros(3, np.int64)), "shape"),
    "action out of range": (dict(actions=np.full(4, 4)), "holds? 4|hold 4"),
    "float actions": (dict(actions=np.zeros(4)), "float64"),
    "no actions": (dict(actions=None), "no actions"),
    "NaN reward": (dict(rewards=np.full(4, np.nan)), "NaN"),
    "float32 reward": (dict(rewards=np.zeros(4, np.float32)), "float32"),
    "many rewards": (dict(rewards=np.zeros(5)), "shape"),
    "int terminated": (dict(terminated=np.zeros(4, np.int8)), "bool"),
    "no signal": (dict(signals={}), "signal.position"),
    "another signal": (dict(signals={"speed": np.zeros(5)}), "signal.speed"),
    "text signal": (dict(signals={"position": np.array(["a"] * 5)}), "position"),
    "seed": (dict(seed=-1), "seed"),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD)
def test_bad_episodes_are_refused_and_nothing_is_written(store_path, make_episode, change, message):
    whole = {p.name: p.read_bytes() for p in store_path.iterdir()}
    with EpisodeWriter(store_path, action_space=SPACE) as appended:
        with pytest.raises(InputError, match=message) as caught:
            appended.add(replace(make_episode(4), **change))
    assert "\n" not in str(caught.value)
    assert {p.name: p.read_bytes() for p in store_path.iterdir()} == whole


@pytest.mark.parametrize(
    "change",
    [
        BAD[k][0]
        for k in (
            "float frames",
            "no time",
            "action out of range",
            "NaN reward",
            "int terminated",
            "text signal",
        )
    ],
)
def test_bad_first_episode_makes_no_store(tmp_path, make_episode, change):
    with EpisodeWriter(tmp_path / "s", action_space=SPACE) as fresh:
        with pytest.raises(InputError):
            fresh.add(replace(make_episode(4), **change))
        assert [path.name for path in (tmp_path / "s").iterdir()] == [LOCK]
        fresh.add(make_episode(4))
    assert len(EpisodeStore(tmp_path / "s")) == 1


@pytest.mark.parametrize("action", [np.nan, np.inf, 1.5])
def test_box_actions_outside_are_refused(tmp_path, make_episode, action):
    box = spaces.Box(-1, 1, (2,), np.float32)
    with EpisodeWriter(tmp_path / "s", action_space=box) as fresh:
        with pytest.raises(InputError, match="outside"):
            fresh.add(replace(make_episode(4), actions=np.full((4, 2), action, np.float32)))


def test_provenance_must_be_json(tmp_path, make_episode):
    with EpisodeWriter(tmp_path / "s", action_space=SPACE, provenance={"x": object()}) as fresh:
        with pytest.raises(InputError, match="JSON"):
            fresh.add(make_episode(4))


def test_closed_writer_says_so(tmp_path, make_episode):
    fresh = EpisodeWriter(tmp_path / "s", action_space=SPACE)
    fresh.close()
    with pytest.raises(DataError, match="closed"):
        fresh.add(make_episode(4))
