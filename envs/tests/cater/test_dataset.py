import json
import os
import shutil

import numpy as np
import pytest

pytest.importorskip("pybullet")
pytest.importorskip("av")

from worldmodels_envs.cater import CaterConfig, CaterFolder, episodes, write_cater
from worldmodels_envs.cater.__main__ import main
from worldmodels_envs.cater.reader import read_list
from worldmodels_envs.cater.video_file import DamagedVideoError, read_video, write_video
from worldmodels_envs.cater.writer import video_name

CONFIG = CaterConfig(frames=41, size=(32, 48), supersample=1)
COUNT = 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("cater")
    write_cater(path, COUNT, CONFIG, seed=3)
    return path


@pytest.fixture
def copy(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "copy")


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_layout(folder):
    names = set(contents(folder))
    assert {f"videos/{video_name(i)}" for i in range(COUNT)} <= names
    assert {f"scenes/CATER_new_{i:06d}.json" for i in range(COUNT)} <= names
    tasks = ("localize", "localize_4x4", "localize_8x8", "actions_present")
    parts = ("train", "val", "train_subsetT", "train_subsetV")
    assert {f"lists/{task}/{part}.txt" for task in tasks for part in parts} <= names
    assert len(names) == 2 * COUNT + 16 + 1


def test_splits(folder):
    lines = {
        part: {line.name for line in read_list(folder / f"lists/localize/{part}.txt")} for part in ("train", "val")
    }
    assert len(lines["train"]) == 4 and len(lines["val"]) == 2 and not lines["train"] & lines["val"]
    halves = [read_list(folder / f"lists/localize/train_subset{part}.txt") for part in "TV"]
    assert {line.name for half in halves for line in half} == lines["train"]


def test_round_trip(folder):
    made = {video_name(i)[:-4]: e for i, e in enumerate(episodes(CONFIG, COUNT, 3))}
    for split in ("train", "val"):
        videos = CaterFolder(folder, split)
        for line, read in zip(videos.lines, videos, strict=True):
            original = made[line.name]
            for name in ("positions", "pixels", "inside", "radii", "label"):
                np.testing.assert_array_equal(read[name], original[name])
            error = np.abs(read["frames"].astype(int) - original["frames"])
            assert error.mean() < 1.5 and error.max() < 40


def test_moving_camera_round_trip(tmp_path):
    config = CaterConfig(frames=41, size=(32, 32), supersample=1, moving_camera=True)
    write_cater(tmp_path, 2, config)
    read = CaterFolder(tmp_path)[0]
    index = int(CaterFolder(tmp_path).lines[0].name[-6:])
    made = next(episodes(config, 1, start=index))
    np.testing.assert_allclose(read["pixels"], made["pixels"], rtol=1e-6)
    assert np.abs(read["frames"].astype(int) - made["frames"]).mean() < 1.5


def test_size_and_stride(folder):
    arrays = CaterFolder(folder, size=(16, 16), stride=10)[0]
    assert arrays["frames"].shape == (5, 16, 16, 3) and len(arrays["positions"]) == 5
    whole = CaterFolder(folder, size=(16, 16))[0]
    np.testing.assert_array_equal(arrays["positions"][-1], whole["positions"][-1])
    assert whole["pixels"][0, 0].max() < 16


def test_two_processes_write_the_same_bytes(folder, tmp_path):
    write_cater(tmp_path, COUNT, CONFIG, seed=3, processes=2)
    assert contents(tmp_path) == contents(folder)


def test_two_processes_yield_the_same_episodes():
    for one, two in zip(episodes(CONFIG, 3), episodes(CONFIG, 3, processes=2), strict=True):
        assert one.keys() == two.keys()
        for name in one:
            np.testing.assert_array_equal(one[name], two[name])


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processes cannot be bound to cores here")
def test_a_machine_with_one_core_writes_the_same_bytes(tmp_path):
    frames = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
    cores = os.sched_getaffinity(0)
    try:
        for name, allowed in (("one.avi", {min(cores)}), ("all.avi", cores)):
            os.sched_setaffinity(0, allowed)
            write_video(tmp_path / name, frames, 64, 64)
    finally:
        os.sched_setaffinity(0, cores)
    assert (tmp_path / "one.avi").read_bytes() == (tmp_path / "all.avi").read_bytes()


def test_resume(folder, copy):
    (copy / "videos" / video_name(1)).unlink()
    (copy / "videos" / f".{video_name(2)}.0a1b2c3d.draft").write_bytes(b"torn")
    (copy / "videos" / video_name(2)).unlink()
    kept = (copy / "videos" / video_name(0)).stat().st_mtime_ns
    seen = []
    write_cater(copy, COUNT, CONFIG, seed=3, progress=lambda done, total: seen.append((done, total)))
    assert contents(copy) == contents(folder) and seen[-1] == (COUNT, COUNT)
    assert (copy / "videos" / video_name(0)).stat().st_mtime_ns == kept


def test_another_seed_is_refused(copy):
    with pytest.raises(ValueError, match="another configuration or seed"):
        write_cater(copy, COUNT, CONFIG, seed=4)


def test_missing_video(copy):
    videos = CaterFolder(copy)
    (copy / "videos" / f"{videos.lines[0].name}.avi").unlink()
    with pytest.raises(FileNotFoundError, match=r"\.avi is missing"):
        videos[0]


@pytest.mark.parametrize("keep", [0, 100, 5000])
def test_damaged_video(copy, keep):
    videos = CaterFolder(copy)
    path = copy / "videos" / f"{videos.lines[0].name}.avi"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"cannot be decoded|has no frames|breaks off"):
        videos[0]


def test_foreign_file_is_no_video(tmp_path):
    path = tmp_path / "x.avi"
    path.write_text("hello")
    with pytest.raises(DamagedVideoError, match="fetch or write it again"):
        read_video(path)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[1]", '{"objects": [], "movements": {}}', '{"objects": [{"shape": "spl"}], "movements": {}}'],
)
def test_damaged_scene(copy, text):
    videos = CaterFolder(copy)
    (copy / "scenes" / f"{videos.lines[0].name}.json").write_text(text)
    with pytest.raises(ValueError, match="does not describe a CATER video"):
        videos[0]


def test_scene_without_our_camera(copy):
    """The real CATER does not store the camera: pixels are then those of the mean camera."""
    videos = CaterFolder(copy)
    path = copy / "scenes" / f"{videos.lines[0].name}.json"
    before = videos[0]
    scene = json.loads(path.read_text())
    del scene["camera"]
    scene["objects"] = scene["objects"][::-1]
    path.write_text(json.dumps(scene))
    after = videos[0]
    np.testing.assert_array_equal(after["positions"][:, 0], before["positions"][:, 0])
    assert 0 < np.nanmax(np.abs(after["pixels"][:, 0] - before["pixels"][:, 0])) < 8


def test_lists_take_paths_commas_and_spaces(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("CATER_new_000001.avi 17\n/data/videos/CATER_new_000002.avi, 3\nCATER_new_000003 1,2,3\n\n")
    assert [(line.name[-1], line.labels) for line in read_list(path)] == [
        ("1", (17,)),
        ("2", (3,)),
        ("3", (1, 2, 3)),
    ]


def test_a_line_without_labels(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("CATER_new_000001.avi\n")
    with pytest.raises(ValueError, match="line 1"):
        read_list(path)


def test_unknown_split_and_folder(folder, tmp_path):
    with pytest.raises(ValueError, match="did you mean 'train'"):
        CaterFolder(folder, "trian")
    with pytest.raises(ValueError, match="did you mean 'localize'"):
        CaterFolder(folder, task="localise")
    with pytest.raises(FileNotFoundError, match="has videos/, scenes/ and lists/"):
        CaterFolder(tmp_path)


def test_command_line(tmp_path, capsys):
    small = ["--videos", "2", "--frames", "31", "--size", "16"]
    assert main(["write", str(tmp_path / "set"), *small]) == 0
    assert len(CaterFolder(tmp_path / "set", "train")) == 1
    assert main(["write", str(tmp_path / "set"), *small, "--seed", "1"]) == 2
    assert "another configuration" in capsys.readouterr().err
    assert main(["baselines", *small]) == 0
    assert "| track | all | 2 |" in capsys.readouterr().out
    for name in ("sheet.png", "video.gif"):
        assert main(["sheet", str(tmp_path / name), *small, "--stride", "10"]) == 0
        assert (tmp_path / name).stat().st_size > 100
