import av
import numpy as np
import pytest

from worldmodels.data.video import import_videos, read_video, write_video
from worldmodels.errors import DataError, InputError


def clip(frames=5, size=(12, 16), channels=3):
    video = np.zeros((frames, *size, channels), np.uint8)
    for t in range(frames):
        video[t, 2:6, t : t + 4] = 250
    return video


@pytest.mark.parametrize("channels", [1, 3])
def test_gif_is_exact_and_enlarged_crisply(tmp_path, channels):
    video = clip(channels=channels)
    write_video(tmp_path / "sub" / "a.gif", video, fps=10)
    back = read_video(tmp_path / "sub" / "a.gif")
    assert back.shape == (5, 12 * 16, 16 * 16, 3)
    np.testing.assert_array_equal(back, np.broadcast_to(video, (5, 12, 16, 3)).repeat(16, 1).repeat(16, 2))


@pytest.mark.parametrize("size", [(12, 16), (11, 15)])
def test_mp4_is_close_and_keeps_speed_and_length(tmp_path, size):
    video = clip(9, size)
    write_video(tmp_path / "a.mp4", video, fps=12.5, scale=3)
    back = read_video(tmp_path / "a.mp4")[:, 1 : 3 * size[0] : 3, 1 : 3 * size[1] : 3]
    assert back.shape == video.shape and np.abs(back.astype(int) - video).mean() < 4
    with av.open(str(tmp_path / "a.mp4")) as container:
        stream = container.streams.video[0]
        assert float(stream.average_rate) == 12.5 and stream.pix_fmt == "yuv420p" and stream.width % 2 == 0


@pytest.mark.parametrize(
    ("name", "frames", "message"),
    [
        ("a.avi", clip(), "neither .mp4 nor .gif"),
        ("a.gif", clip().astype(float), "uint8"),
        ("a.gif", clip()[0], "at least one frame"),
        ("a.gif", clip()[:0], "at least one frame"),
        ("a.gif", clip(channels=4), "channels"),
    ],
)
def test_bad_videos_are_refused(tmp_path, name, frames, message):
    with pytest.raises(InputError, match=message):
        write_video(tmp_path / name, frames, fps=5)
    with pytest.raises(InputError, match="fps"):
        write_video(tmp_path / "a.gif", clip(), fps=0)


def write_stills(folder, video):
    folder.mkdir()
    for t, frame in enumerate(video):
        with av.open(str(folder / f"{t:03}.png"), "w", format="image2", options={"update": "1"}) as container:
            stream = container.add_stream("png", rate=1)
            stream.height, stream.width, stream.pix_fmt = *frame.shape[:2], "rgb24"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            container.mux(stream.encode())


def test_a_folder_of_videos_becomes_episodes(tmp_path):
    source = tmp_path / "videos"
    source.mkdir()
    write_video(source / "a.gif", clip(4), fps=5, scale=1)
    write_stills(source / "b", clip(6))
    write_video(source / "c.mp4", clip(3), fps=5, scale=2)
    (source / "notes.txt").write_text("x")
    store = import_videos(source, tmp_path / "s", fps=5, size=(12, 16), progress=False)
    assert store.steps.tolist() == [3, 5, 2] and store.spec.action_space is None and store.spec.fps == 5
    np.testing.assert_array_equal(store[0].frames, clip(4))
    np.testing.assert_array_equal(store[1].frames, clip(6))
    with pytest.raises(InputError, match=r"c\.mp4.*size="):
        import_videos(source, tmp_path / "t", fps=5, progress=False)


def test_what_is_no_video_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no video"):
        import_videos(tmp_path / "empty", tmp_path / "s", fps=5, progress=False)
    with pytest.raises(DataError, match="not a folder"):
        import_videos(tmp_path / "nowhere", tmp_path / "s", fps=5, progress=False)
    (tmp_path / "bad.mp4").write_bytes(b"not a video")
    with pytest.raises(DataError, match=r"bad\.mp4 cannot be read"):
        read_video(tmp_path / "bad.mp4")
    with pytest.raises(DataError, match="cannot be read"):
        read_video(tmp_path / "missing.mp4")
