"""LeRobot v3 data sets: ours are read back equal, and one that is made to the published format's letter is read."""

import json

import av
import numpy as np
import pytest
from gymnasium import spaces

from worldmodels.data import Episode, EpisodeStore, EpisodeWriter, export_lerobot, import_lerobot
from worldmodels.errors import DataError, InputError, UnknownNameError

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def smooth(count, size, channels, seed):
    """Videos that survive compression: soft blobs that move."""
    y, x = np.mgrid[:size, :size]
    rng = np.random.default_rng(seed)
    centres = rng.uniform(4, size - 4, (channels, 2)) + np.arange(count)[:, None, None] * 0.5
    blobs = np.exp(-((x - centres[..., 0, None, None]) ** 2 + (y - centres[..., 1, None, None]) ** 2) / 40)
    return np.moveaxis((blobs * 255).astype(np.uint8), 1, -1)


def make(folder, space, channels=3, size=16):
    with EpisodeWriter(folder, action_space=space, fps=12.5, sync=False) as writer:
        for number, steps in enumerate((4, 1, 6)):
            frames = smooth(steps + 1, size, channels, number)
            space.seed(number)
            won = np.arange(steps) == (steps - 1 if number == 0 else -1)
            writer.add(
                Episode(
                    frames=frames,
                    actions=np.stack([space.sample() for _ in range(steps)]),
                    rewards=np.linspace(0, 1, steps) / 3,
                    terminated=won,
                    truncated=(np.arange(steps) == steps - 1) & ~won,
                    signals={"position": np.random.default_rng(number).normal(size=(steps + 1, 2))},
                )
            )
    return EpisodeStore(folder)


def assert_alike(found, expected):
    """Nearly the same pictures, in the same order: each is nearest to its own."""
    gaps = np.abs(found[:, None].astype(int) - expected[None].astype(int)).mean((2, 3, 4))
    assert gaps.argmin(1).tolist() == list(range(len(expected)))
    assert np.diag(gaps).max() < 10  # colours are stored at half the resolution


def same(one, other):
    for name in ("frames", "actions", "rewards", "terminated", "truncated"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert np.array_equal(one.signals["position"], other.signals["position"])


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "space", [spaces.Discrete(4), spaces.Box(-2, 3, (3,), np.float32), spaces.Box(-1, 1, (2, 2), np.float64)], ids=str
)
def test_what_is_written_is_read_back_equal(space, channels, tmp_path):
    store = make(tmp_path / "store", space, channels)
    export_lerobot(store, tmp_path / "lerobot", task="push the ball")
    again = import_lerobot(tmp_path / "lerobot", tmp_path / "again", progress=False)
    assert again.spec == store.spec
    assert len(again) == 3
    for one, other in zip(store, again, strict=True):
        same(one, other)


def test_videos_lose_little(tmp_path):
    store = make(tmp_path / "store", spaces.Discrete(2), size=17)
    export_lerobot(store, tmp_path / "lerobot", video=True)
    again = import_lerobot(tmp_path / "lerobot", tmp_path / "again", size=(18, 18), progress=False)
    for one, other in zip(store, again, strict=True):
        assert one.frames.shape[0] == other.frames.shape[0]
        assert_alike(other.frames[:, :17, :17], one.frames)
        assert np.array_equal(one.actions, other.actions)


def published(folder):
    """Two episodes of 3 and 4 frames in one file, two cameras, as the format's description has it."""
    fps, size, lengths = 10, 16, (3, 4)
    features = {
        "observation.images.top": {
            "dtype": "video",
            "shape": [size, size, 3],
            "names": ["height", "width", "channels"],
        },
        "observation.images.hand": {
            "dtype": "video",
            "shape": [size, size, 3],
            "names": ["height", "width", "channels"],
        },
        "observation.state": {"dtype": "float32", "shape": [2], "names": ["x", "y"]},
        "action": {"dtype": "float32", "shape": [2], "names": ["x", "y"]},
        "timestamp": {"dtype": "float32", "shape": [1], "names": None},
    }
    video = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
    info = {"codebase_version": "v3.0", "robot_type": "so101", "total_episodes": 2, "total_frames": 7, "total_tasks": 1}
    info |= {"chunks_size": 1000, "fps": fps, "splits": {"train": "0:2"}, "features": features, "video_path": video}
    info |= {"data_path": "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"}
    rows, index, start = [], [], 0
    for number, length in enumerate(lengths):
        for t in range(length):
            row = {"observation.state": [t / 2, -1.0], "action": [float(number), t / 4], "timestamp": t / fps}
            row |= {"frame_index": t, "episode_index": number, "index": start + t, "task_index": 0}
            rows.append(row)
        entry = {
            "episode_index": number,
            "tasks": ["grasp"],
            "length": length,
            "data/chunk_index": 0,
            "data/file_index": 0,
        }
        entry |= {"dataset_from_index": start, "dataset_to_index": start + length, "stats/action/min": [0.0, 0.0]}
        for camera in list(features)[:2]:
            where = {
                "chunk_index": 0,
                "file_index": 0,
                "from_timestamp": start / fps,
                "to_timestamp": (start + length) / fps,
            }
            entry |= {f"videos/{camera}/{name}": value for name, value in where.items()}
        index.append(entry)
        start += length
    for place, table in (("data", rows), ("meta/episodes", index)):
        (folder / place / "chunk-000").mkdir(parents=True)
        parquet.write_table(arrow.Table.from_pylist(table), folder / place / "chunk-000" / "file-000.parquet")
    parquet.write_table(arrow.table({"task_index": [0], "task": ["grasp"]}), folder / "meta" / "tasks.parquet")
    (folder / "meta" / "info.json").write_text(json.dumps(info))
    shown = smooth(start, size, 3, 0)
    for camera, frames in zip(list(features)[:2], (shown, shown[::-1]), strict=True):
        file = folder / video.format(video_key=camera, chunk_index=0, file_index=0)
        file.parent.mkdir(parents=True)
        with av.open(str(file), "w") as container:
            stream = container.add_stream("libx264", rate=fps, options={"crf": "10"})
            stream.height, stream.width, stream.pix_fmt = size, size, "yuv420p"
            for frame in frames:
                container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")))
            container.mux(stream.encode())
    return shown


def test_a_data_set_made_to_the_formats_letter_is_read(tmp_path):
    shown = published(tmp_path / "grasp")
    settings = {"camera": "observation.images.top", "signals": ["observation.state"], "progress": False}
    store = import_lerobot(tmp_path / "grasp", tmp_path / "store", **settings)
    assert store.spec.action_space.shape == (2,)
    assert store.spec.fps == 10
    assert store.steps.tolist() == [2, 3]
    for number, part in enumerate((shown[:3], shown[3:])):
        episode = store[number]
        assert_alike(episode.frames, part)
        assert episode.actions[:, 0].tolist() == [number] * episode.steps
        assert episode.signals["observation.state"][:, 0].tolist() == [t / 2 for t in range(episode.steps + 1)]
        assert episode.rewards is None


def test_what_is_wrong_is_one_line(tmp_path):
    published(tmp_path / "grasp")
    read = {"progress": False}
    with pytest.raises(InputError, match=r"which camera\? Give camera=, one of observation.images.top"):
        import_lerobot(tmp_path / "grasp", tmp_path / "a", **read)
    with pytest.raises(UnknownNameError, match="unknown camera"):
        import_lerobot(tmp_path / "grasp", tmp_path / "b", camera="action", **read)
    with pytest.raises(UnknownNameError, match="unknown feature"):
        import_lerobot(tmp_path / "grasp", tmp_path / "c", camera="observation.images.top", signals=["x"], **read)
    info = tmp_path / "grasp" / "meta" / "info.json"
    info.write_text(info.read_text().replace('"v3.0"', '"v2.1"'))
    with pytest.raises(DataError, match=r"v2\.1"):
        import_lerobot(tmp_path / "grasp", tmp_path / "d", **read)
    with pytest.raises(DataError, match="is no LeRobot data set"):
        import_lerobot(tmp_path / "nowhere", tmp_path / "e", **read)
    store = make(tmp_path / "store", spaces.Discrete(2))
    with pytest.raises(DataError, match="is there already"):
        export_lerobot(store, tmp_path / "grasp")
