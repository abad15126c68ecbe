"""Files of others, damaged or malicious: each is read or refused in one line, and none runs code."""

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from attacks import attacked, damaged, torn
from hypothesis import given
from hypothesis import strategies as st

import worldmodels
from worldmodels.checkpoints import CONFIG, TRAINING, WEIGHTS, read_training
from worldmodels.data import EpisodeStore
from worldmodels.data.video import read_video, write_video
from worldmodels.errors import WorldModelsError
from worldmodels.worlds.choice import world_of


def refused_or(function, bounded, *arguments):
    """What a function gives, or the one line with which it refuses."""
    with bounded():
        try:
            return function(*arguments)
        except WorldModelsError as error:
            assert "\n" not in str(error).strip() and len(str(error)) < 2000
            return None


@pytest.fixture
def copied(place, tmp_path):
    """A checkpoint of one's own to damage."""
    return Path(shutil.copytree(place.checkpoint, tmp_path / "checkpoint"))


def test_a_checkpoints_config(copied, bounded):
    kept = json.loads((copied / CONFIG).read_text())

    def use():
        model = worldmodels.load(copied)
        world_of(worldmodels.checkpoints.read_config(copied).get("provenance") or {})
        return model

    @attacked
    @given(damaged(kept))
    def attack(config):
        (copied / CONFIG).write_text(json.dumps(config))
        refused_or(use, bounded)

    attack()


@pytest.mark.parametrize(("name", "read"), [(WEIGHTS, worldmodels.load), (TRAINING, read_training)])
def test_a_checkpoints_tensors(copied, bounded, name, read):
    kept = (copied / name).read_bytes()

    @attacked
    @given(torn(kept))
    def attack(content):
        (copied / name).write_bytes(content)
        refused_or(read, bounded, copied)

    attack()


class Evil:
    """Unpickled, it would leave a mark."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (Path.write_text, (Path(self.mark), "run"))


@pytest.mark.parametrize("name", [WEIGHTS, TRAINING])
def test_no_code_in_a_checkpoint_is_run(copied, tmp_path, bounded, name):
    (copied / name).write_bytes(pickle.dumps({"state": Evil(str(tmp_path / "mark"))}))
    read = worldmodels.load if name == WEIGHTS else read_training
    assert refused_or(read, bounded, copied) is None and not (tmp_path / "mark").exists()


@pytest.mark.parametrize("importer", ["srvp", "vrnn"])
def test_importers_run_no_code(call, tmp_path, importer):
    pytest.importorskip(f"worldmodels_{importer}")
    (tmp_path / "weights").write_bytes(pickle.dumps({"state": Evil(str(tmp_path / "mark"))}))
    (tmp_path / "config").write_text("{}")

    @attacked
    @given(torn((tmp_path / "weights").read_bytes()), st.sampled_from([b"{}", b"[", b"\xff", b'{"nx": 1e999}']))
    def attack(weights, config):
        (tmp_path / "weights").write_bytes(weights)
        (tmp_path / "config").write_bytes(config)
        answer = call("import", importer, "weights=weights", "config=config", "out=OUT")
        assert answer.refused, answer
        assert not (tmp_path / "mark").exists()

    attack()


def test_a_store(place, tmp_path, bounded):
    folder = Path(shutil.copytree(place.data, tmp_path / "data"))
    kept = {path.name: path.read_bytes() for path in folder.iterdir()}
    schema, names = json.loads(kept["store.json"]), sorted(set(kept) - {".lock"})

    def use():
        store = EpisodeStore(folder)
        store.verify()
        return [store[index].frames.shape for index in range(len(store))]

    @attacked
    @given(damaged(schema))
    def describe(description):
        (folder / "store.json").write_text(json.dumps(description))
        refused_or(use, bounded)

    @attacked
    @given(st.sampled_from(names).flatmap(lambda name: st.tuples(st.just(name), torn(kept[name] or b"-"))))
    def damage(case):
        name, content = case
        for other, whole in kept.items():
            (folder / other).write_bytes(content if other == name else whole)
        refused_or(use, bounded)

    describe()
    damage()


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ".png"])
def test_a_video(tmp_path, bounded, suffix):
    import cv2

    path, frames = tmp_path / f"video{suffix}", np.zeros((4, 16, 16, 3), np.uint8)
    kept = bytes(cv2.imencode(".png", frames[0])[1]) if suffix == ".png" else write_video(path, frames, 10).read_bytes()

    @attacked
    @given(torn(kept))
    def attack(content):
        path.write_bytes(content)
        refused_or(read_video, bounded, path)

    attack()


def test_a_level(tmp_path, bounded):
    pytest.importorskip("worldmodels_envs.phyre")
    from worldmodels_envs.phyre.environment import PhyreVideoEnv
    from worldmodels_envs.phyre.level import scene_to_json
    from worldmodels_envs.phyre.tasks import task, task_ids

    kept, path = scene_to_json(task(task_ids()[0])), tmp_path / "level.json"

    @attacked
    @given(damaged(kept))
    def attack(level):
        path.write_text(json.dumps(level))
        with bounded():
            try:
                env = PhyreVideoEnv(levels=path, size=16)
            except ValueError as error:
                assert "\n" not in str(error)
                return
            env.reset(seed=0)
            env.step(0)
            env.close()

    attack()


FULL = {"polygon": [[-300, -300], [300, -300], [300, 300], [-300, 300]]}
BALL = {"dynamic": True, "position": [50, 50], "shapes": [{"circle": 5}], "color": 2}


@pytest.mark.parametrize(
    "bodies",
    [
        [BALL, {"position": [128, 128], "shapes": [FULL]}],
        [BALL, {**BALL, "color": [1]}],
        [BALL, {**BALL, "position": [1e300, 0]}],
        [BALL, {**BALL, "angle": 1e300}],
        [BALL, {**BALL, "position": [10**400, 0]}],
        [BALL, {**BALL, "shapes": [{"circle": 1e9}]}],
        [BALL] * 5000,
    ],
    ids=["no ball fits", "colour", "position", "angle", "integer", "radius", "many"],
)
def test_levels_that_were_taken_once(tmp_path, bounded, bodies):
    pytest.importorskip("worldmodels_envs.phyre")
    from worldmodels_envs.phyre.environment import PhyreVideoEnv

    (tmp_path / "level.json").write_text(json.dumps({"id": "mine", "bodies": bodies, "goal": [0, 1]}))
    with bounded(), pytest.raises(ValueError, match="mine"):
        PhyreVideoEnv(levels=tmp_path / "level.json")


EDITS = {
    "a wide head": lambda c: c["heads"]["distance"].update(hidden=16384, layers=64),
    "many Euler steps": lambda c: c["config"].update(euler_steps=100_000),
    "a wide state": lambda c: c["config"].update(state=16384, dynamics_hidden=16384),
    "a step that is no number": lambda c: c["provenance"].update(step="x"),
    "no training": lambda c: c["provenance"].update(training=None),
    "a large world": lambda c: c["provenance"]["world"].update(size=[100_000, 100_000]),
    "a file in the world": lambda c: c["provenance"]["world"].update(kwargs={"levels": "/etc/passwd"}),
    "an address in the world": lambda c: c["provenance"]["world"].update(kwargs={"checkpoint": "somebody/model"}),
    "a package in the world": lambda c: c["provenance"]["world"].update(id="os:CartPole-v1"),
    "a large number in the world": lambda c: c["provenance"]["world"].update(kwargs={"frames": 1e12}),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_checkpoints_that_were_taken_once(copied, bounded, edit):
    config = json.loads((copied / CONFIG).read_text())
    edit(config)
    (copied / CONFIG).write_text(json.dumps(config))
    with bounded(), pytest.raises(WorldModelsError) as caught:
        worldmodels.load(copied)
        world_of(worldmodels.checkpoints.read_config(copied)["provenance"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS, TRAINING])
def test_only_regular_files_are_opened(copied, bounded, name):
    import os

    (copied / name).unlink()
    os.mkfifo(copied / name)
    with bounded(), pytest.raises(WorldModelsError, match=r"regular file|no checkpoint"):
        worldmodels.load(copied)
        read_training(copied)
