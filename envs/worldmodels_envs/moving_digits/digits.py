"""Pictures of handwritten digits: scikit-learn's, which come with it, or MNIST's from a folder."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from worldmodels_envs.moving_digits.config import DIGIT_SIZE, MovingDigitsConfig
from worldmodels_envs.moving_digits.idx import read_idx
from worldmodels_envs.moving_digits.resampling import Floats, resize

# MNIST's digits fill 20 of their 28 px; scikit-learn's, which fill their picture, are drawn as large.
_FILLED = 20 / DIGIT_SIZE
_SKLEARN_TRAIN = 1437
_STROKE = (0.25, 0.75)
_PREFIXES = {"train": "train", "test": "t10k"}


class Digits(NamedTuple):
    """Pictures uint8 (count, side, side), white on black, and what they show, uint8 (count,)."""

    pictures: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]


def load_digits(config: MovingDigitsConfig) -> Digits:
    """Return the digits of a configuration's split, at its size.

    Of scikit-learn's 1797 digits, the first 1437 are for training and the other 360 for tests; MNIST has its
    own split of 60,000 and 10,000.

    Raises:
        ImportError: scikit-learn is not installed, and no folder is given.
        FileNotFoundError: A file of MNIST is missing.
        ValueError: A file is damaged.
    """
    return _load(config.side, config.split, config.folder)


@lru_cache(maxsize=4)
def _load(side: int, split: str, folder: str | None) -> Digits:
    digits = _sklearn(side, split) if folder is None else _mnist(side, split, Path(folder))
    for array in digits:
        array.setflags(write=False)
    return digits


def _sklearn(side: int, split: str) -> Digits:
    try:
        from sklearn.datasets import load_digits as load
    except ImportError as error:
        raise ImportError(
            "moving digits take scikit-learn's pictures: pip install 'worldmodels-envs[digits]', or give folder= with "
            "MNIST's IDX files"
        ) from error
    found = load()
    part = slice(None, _SKLEARN_TRAIN) if split == "train" else slice(_SKLEARN_TRAIN, None)
    filled = max(1, round(side * _FILLED))
    drawn = _sharpen(resize(found.images[part] / 16, filled))
    before = (side - filled) // 2
    after = side - filled - before
    pictures = np.pad(drawn, ((0, 0), (before, after), (before, after)))
    return Digits(_as_bytes(255 * pictures), found.target[part].astype(np.uint8))


def _sharpen(pictures: Floats) -> Floats:
    """Make strokes white and what is around them black, as in MNIST, with a soft edge."""
    low, high = _STROKE
    t = np.clip((pictures - low) / (high - low), 0, 1)
    edge: Floats = t * t * (3 - 2 * t)
    return edge


def _mnist(side: int, split: str, folder: Path) -> Digits:
    pictures = read_idx(_find(folder, f"{_PREFIXES[split]}-images", "idx3"), 3)
    labels = read_idx(_find(folder, f"{_PREFIXES[split]}-labels", "idx1"), 1)
    if len(pictures) != len(labels) or not len(labels):
        raise ValueError(
            f"{folder} has {len(pictures)} pictures and {len(labels)} labels for {split!r}; they must pair"
        )
    if pictures.shape[1:] != (side, side):
        pictures = _as_bytes(resize(pictures.astype(np.float64), side))
    return Digits(pictures, labels)


def _find(folder: Path, name: str, kind: str) -> Path:
    """Return the file under any of its usual names, in the folder or where torchvision puts it."""
    names = [f"{name}{joint}{kind}-ubyte{end}" for joint in "-." for end in ("", ".gz")]
    places = [folder, folder / "raw", folder / "MNIST" / "raw"]
    for place in places:
        for candidate in names:
            if (place / candidate).is_file():
                return place / candidate
    raise FileNotFoundError(f"{folder} has no {names[0]} (nor {names[1]}): put MNIST's four IDX files there")


def _as_bytes(pictures: Floats) -> npt.NDArray[np.uint8]:
    return np.rint(np.clip(pictures, 0, 255)).astype(np.uint8)
