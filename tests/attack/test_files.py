"""Files of others, damaged or malicious: each is read or refused in one line, and none runs code."""

import json
import os
import shutil
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import torch
from attacks import attacked, damaged, malicious, torn
from children import in_child
from hypothesis import given
from hypothesis import strategies as st
from published import publish

import worldmodels
from worldmodels.checkpoints import CONFIG, TRAINING, WEIGHTS, read_training
from worldmodels.cli.main import main
from worldmodels.data import ClipSampler, EpisodeStore
from worldmodels.data.video import read_video, write_video
from worldmodels.errors import InputError, WorldModelsError
from worldmodels.worlds.choice import world_of


@pytest.fixture
def reading(tally, tmp_path):
    """Begins an attack on a kind of file; what it gives notes how reading one ends, in a process of its own."""
    begun = []

    def begin(kind):
        found = tally(kind)
        begun.append(found)

        def note(case, read):
            def call() -> int:
                read()
                return 0

            found.note(case, in_child(call, tmp_path / "here"))

        return note

    yield begin
    for found in begun:
        found.settle()


@pytest.fixture
def copied(place, tmp_path):
    """A checkpoint of one's own to damage."""
    return Path(shutil.copytree(place.checkpoint, tmp_path / "checkpoint"))


def use_checkpoint(folder):
    """Load, see and imagine."""
    model = worldmodels.load(folder)
    world_of(worldmodels.checkpoints.read_config(folder).get("provenance") or {})
    frames = torch.zeros(1, model.minimum_frames, *model.spec.frame_shape)
    dim = model.codec.dim
    belief = model.observe(frames, torch.zeros(1, frames.shape[1] - 1, dim) if dim else None)
    model.imagine(belief, torch.zeros(1, 2, dim) if dim else None, horizon=None if dim else 2)


def test_a_checkpoints_config(copied, reading):
    kept, note = json.loads((copied / CONFIG).read_text()), reading("checkpoint files")

    @attacked(0.4)
    @given(damaged(kept))
    def attack(config):
        (copied / CONFIG).write_text(json.dumps(config))
        note(config, lambda: use_checkpoint(copied))

    attack()


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS, TRAINING])
def test_a_checkpoints_bytes(copied, reading, name):
    kept, note = (copied / name).read_bytes(), reading("checkpoint files")
    read = read_training if name == TRAINING else use_checkpoint

    @attacked(0.15)
    @given(torn(kept))
    def attack(content):
        (copied / name).write_bytes(content)
        note(content, lambda: read(copied))

    attack()


@pytest.mark.parametrize("name", [WEIGHTS, TRAINING])
def test_no_code_in_a_checkpoint_is_run(copied, reading, name):
    note = reading("checkpoint files")
    read = worldmodels.load if name == WEIGHTS else read_training

    @attacked(0.075)
    @given(malicious())
    def attack(content):
        (copied / name).write_bytes(content)
        note(content, lambda: read(copied))

    attack()


@pytest.mark.parametrize("importer", ["srvp", "vrnn"])
@pytest.mark.parametrize("kind", ["bytes", "config", "code"])
def test_an_importers_files(reading, place, tmp_path, importer, kind):
    pytest.importorskip(f"worldmodels_{importer}")
    settings, note = publish(importer, tmp_path), reading("importer's weights")
    weights, config = tmp_path / "weights", tmp_path / "config"
    cases = {"bytes": torn(weights.read_bytes()), "config": damaged(settings), "code": malicious()}
    words = ("import", importer, f"weights={weights}", f"config={config}", f"out={tmp_path / 'out'}")

    @attacked(0.2 if kind != "code" else 0.1)
    @given(cases[kind])
    def attack(case):
        file, content = (config, json.dumps(case).encode()) if kind == "config" else (weights, case)
        file.write_bytes(content)
        note(case, lambda: sys.exit(main(words)))

    attack()


def test_a_stores_description(place, tmp_path, reading):
    folder, note = Path(shutil.copytree(place.data, tmp_path / "data")), reading("store files")
    schema = json.loads((folder / "store.json").read_text())

    @attacked(0.5)
    @given(damaged(schema))
    def attack(description):
        (folder / "store.json").write_text(json.dumps(description))
        note(description, lambda: use_store(folder))

    attack()


def test_a_stores_bytes(place, tmp_path, reading):
    folder, note = Path(shutil.copytree(place.data, tmp_path / "data")), reading("store files")
    kept = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}

    @attacked(0.5)
    @given(st.sampled_from(sorted(kept)).flatmap(lambda name: st.tuples(st.just(name), torn(kept[name]))))
    def attack(case):
        name, content = case
        for other, whole in kept.items():
            (folder / other).write_bytes(content if other == name else whole)
        note(case, lambda: use_store(folder))

    attack()


def use_store(folder):
    store = EpisodeStore(folder)
    shapes = [store[index].frames.shape for index in range(len(store))]
    if shapes and min(shape[0] for shape in shapes) > 3:
        ClipSampler(store, 3).sample(2, np.random.default_rng(0))
    store.verify()


SUFFIXES = [".mp4", ".gif", ".png", ".avi", ".webm", ".mkv"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_video(tmp_path, reading, suffix):
    path, note = tmp_path / f"video{suffix}", reading("video files")
    kept = a_video(path)

    @attacked(1 / len(SUFFIXES))
    @given(torn(kept) | malicious())
    def attack(content):
        path.write_bytes(content)
        note(content, lambda: read_video(path))

    attack()


def a_video(path):
    frames = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), np.uint8)
    if path.suffix in (".mp4", ".gif"):
        return write_video(path, frames, 10).read_bytes()
    if path.suffix == ".png":
        return bytes(cv2.imencode(".png", frames[0])[1])
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx" if path.suffix == ".webm" else "mpeg4", rate=10)
        stream.height, stream.width, stream.pix_fmt = 16, 16, "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["json", "bytes"])
def test_a_level(tmp_path, reading, kind):
    pytest.importorskip("worldmodels_envs.phyre")
    from worldmodels_envs.phyre.environment import PhyreVideoEnv
    from worldmodels_envs.phyre.level import scene_to_json
    from worldmodels_envs.phyre.tasks import task, task_ids

    kept, path, note = [scene_to_json(task(id)) for id in task_ids()[::250]], tmp_path / "level.json", reading("levels")

    def use():
        try:
            env = PhyreVideoEnv(levels=path, size=16)
        except ValueError as error:
            raise InputError(str(error)) from error
        env.reset(seed=0)
        env.step(0)
        env.close()

    @attacked(0.8 if kind == "json" else 0.2)
    @given(
        st.sampled_from(kept).flatmap(
            lambda level: (
                damaged(level).map(json.dumps).map(str.encode) if kind == "json" else torn(json.dumps(level).encode())
            )
        )
    )
    def attack(content):
        path.write_bytes(content)
        note(content, use)

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
    (copied / name).unlink()
    os.mkfifo(copied / name)
    with bounded(), pytest.raises(WorldModelsError, match=r"regular file|no checkpoint"):
        worldmodels.load(copied)
        read_training(copied)
