import numpy as np
import pytest

from worldmodels.data import Episode, EpisodeStore, EpisodeWriter


def snitch_episode(rng, frames=6, side=12):
    """A bright dot that stands still after half of the video; the picture is the arena from above."""
    cell = rng.integers(36, size=2)
    cells = np.repeat(cell, [frames // 2, frames - frames // 2])
    pictures = np.zeros((frames, side, side, 3), np.uint8)
    square = side // 6
    for picture, (row, column) in zip(pictures, np.transpose(np.divmod(cells, 6)), strict=True):
        picture[row * square : (row + 1) * square, column * square : (column + 1) * square] = 255
    positions = np.full((frames, 3, 3), np.nan, np.float32)
    positions[:, 0] = np.stack([cells % 6 - 2.5, cells // 6 - 2.5, np.zeros(frames)], -1)
    inside = np.full((frames, 3), -1, np.int8)
    inside[:, 0] = 1 if rng.random() < 0.5 else -1
    signals = {
        "label": np.full(frames, cells[-1]),
        "positions": positions,
        "inside": inside,
        "visibility": np.where(inside[:, 0] >= 0, 0.0, 1.0).astype(np.float32),
    }
    return Episode(pictures, signals=signals)


@pytest.fixture(scope="session")
def stores(tmp_path_factory):
    """Training and test videos, without masks, as the real CATER has none."""
    folder = tmp_path_factory.mktemp("snitch")
    for name, count, seed in (("train", 24, 0), ("test", 8, 1)):
        rng = np.random.default_rng(seed)
        with EpisodeWriter(folder / name, sync=False) as writer:
            for _ in range(count):
                writer.add(snitch_episode(rng))
    return EpisodeStore(folder / "train"), EpisodeStore(folder / "test")
