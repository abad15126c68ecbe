import builtins
import gzip
import struct

import numpy as np
import pytest

from worldmodels_envs.moving_digits import generate, load_digits, resolve_config
from worldmodels_envs.moving_digits.digits import _load
from worldmodels_envs.moving_digits.idx import read_idx
from worldmodels_envs.moving_digits.resampling import resize


def idx(array, code=8):
    return bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_mnist(folder, prefix, pictures, labels, end=""):
    pack = gzip.compress if end else bytes
    (folder / f"{prefix}-images-idx3-ubyte{end}").write_bytes(pack(idx(pictures)))
    (folder / f"{prefix}-labels-idx1-ubyte{end}").write_bytes(pack(idx(labels)))


@pytest.fixture
def pictures():
    return np.random.default_rng(0).integers(0, 256, size=(5, 28, 28), dtype=np.uint8)


LABELS = np.array([3, 1, 4, 1, 5], dtype=np.uint8)


@pytest.mark.parametrize("side", [28, 14, 32])
def test_scikit_learns_digits_are_split_and_drawn_with_a_margin(side):
    train, test = (
        load_digits(resolve_config("stochastic", digit_size=side, split=split)) for split in ("train", "test")
    )
    assert train.pictures.shape == (1437, side, side) and test.pictures.shape == (360, side, side)
    margin = (side - round(side * 20 / 28)) // 2
    assert not train.pictures[:, :margin].any() and not train.pictures[:, :, :margin].any()
    ink = train.pictures.mean(axis=(1, 2)) / 255
    assert 0.05 < ink.mean() < 0.3 and train.pictures.max() == 255
    assert set(train.labels) == set(test.labels) == set(range(10))


def test_loaded_digits_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        load_digits(resolve_config("stochastic")).pictures[0] = 0


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("inner", ["", "raw", "MNIST/raw"])
def test_mnists_files_are_read(tmp_path, pictures, end, inner):
    place = tmp_path / inner
    place.mkdir(parents=True, exist_ok=True)
    write_mnist(place, "t10k", pictures, LABELS, end)
    digits = load_digits(resolve_config("stochastic", folder=str(tmp_path), split="test"))
    assert (digits.pictures == pictures).all() and (digits.labels == LABELS).all()


def test_videos_are_made_of_the_folders_digits(tmp_path, pictures):
    write_mnist(tmp_path, "train", pictures, LABELS)
    config = resolve_config("stochastic", folder=str(tmp_path), digits=1)
    data = generate(config, videos=4, length=2)
    x, y = np.rint(data["positions"][2, 1, 0] - 13.5).astype(int)
    digit = data["frames"][2, 1, y : y + 28, x : x + 28, 0]
    assert (digit == pictures).all(axis=(1, 2)).any()
    assert data["labels"][2, 0] in LABELS


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="train-images-idx3-ubyte"):
        load_digits(resolve_config("stochastic", folder=str(tmp_path)))


def test_pictures_and_labels_must_pair(tmp_path, pictures):
    write_mnist(tmp_path, "train", pictures, LABELS[:3])
    with pytest.raises(ValueError, match="5 pictures and 3 labels"):
        load_digits(resolve_config("stochastic", folder=str(tmp_path)))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "not an IDX file"),
        (b"\x80\x04pickle", "not an IDX file"),
        (idx(np.zeros((2, 3), np.uint8)), "3 axes"),
        (idx(np.zeros((2, 3, 3), np.uint8), code=13), "unsigned bytes"),
        (idx(np.zeros((2, 3, 3), np.uint8))[:-1], "only 17"),
        (idx(np.zeros((2, 3, 3), np.uint8)) + b"x", "has more"),
        (bytes([0, 0, 8, 3]) + b"\xff" * 12, "more than"),
    ],
)
@pytest.mark.parametrize("end", ["", ".gz"])
def test_damaged_files_are_refused(tmp_path, content, complaint, end):
    path = tmp_path / f"file{end}"
    path.write_bytes(gzip.compress(content) if end else content)
    with pytest.raises(ValueError, match=complaint):
        read_idx(path, 3)


@pytest.mark.parametrize(
    "content",
    [b"no gzip at all", gzip.compress(idx(np.zeros((9, 9, 9), np.uint8)), mtime=0)[:-9]],
    ids=["foreign", "cut"],
)
def test_broken_gzip_files_are_refused(tmp_path, content):
    path = tmp_path / "file.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="gzip"):
        read_idx(path, 3)


def test_without_scikit_learn_the_error_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **options):
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *arguments, **options)

    _load.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"worldmodels-envs\[digits\]"):
        load_digits(resolve_config("stochastic"))


def test_resizing_keeps_constants_and_slopes():
    flat = resize(np.full((1, 8, 8), 0.3), 20)
    assert flat == pytest.approx(np.full((1, 20, 20), 0.3))
    slope = resize(np.arange(8.0)[None, None].repeat(8, 1), 16)[0, 8]
    assert np.diff(slope)[4:-4] == pytest.approx(0.5)
    down = resize(np.arange(16.0)[None, None].repeat(16, 1), 8)[0, 4]
    assert np.diff(down)[2:-2] == pytest.approx(2.0)
