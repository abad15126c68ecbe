"""`worldmodels cater`: CATER videos, generated or real, into a data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from worldmodels.cli.options import read
from worldmodels.config import Settings
from worldmodels.errors import InputError
from worldmodels.limits import Count, Limit, Seed, Whole


@dataclass(frozen=True)
class CaterOptions(Settings):
    """Generates CATER-like videos, or reads CATER's, into a data set; one that was cut short is continued.

    Attributes:
        out: The data set's folder.
        videos: How many it will hold; of CATER's, all of the split by default.
        variant: all_actions, max2action, or either with _cameramotion.
        size: Height and width of a frame.
        stride: Keep every stride-th of 24 frames a second, the last one of a video among them.
        seed: Of the generated videos.
        start: Number of the first generated video; sets that share none are for training and for tests.
        processes: How many generate.
        masks: Whether to keep the segmentation of generated videos.
        folder: CATER's folder with videos, scenes and lists, to read instead of generating.
        split: Which of its lists.
    """

    out: str
    videos: Count | None = None
    variant: str = "all_actions"
    size: tuple[Annotated[int, Limit(8, 1024)], Annotated[int, Limit(8, 1024)]] = (64, 64)
    stride: Count = 1
    seed: Seed = 0
    start: Whole = 0
    processes: Annotated[int, Limit(1, 1024)] = 1
    masks: bool = True
    folder: str | None = None
    split: str = "train"


def run(words: Sequence[str]) -> None:
    """Write the data set, and say what it holds."""
    options = read(CaterOptions, "cater", words)
    from worldmodels_snitch.dataset import generate_store, import_cater

    try:
        if options.folder is not None:
            videos, size, stride = options.videos, options.size, options.stride
            store = import_cater(options.folder, options.out, options.split, videos=videos, size=size, stride=stride)
        elif options.videos is not None:
            names = ("variant", "size", "stride", "seed", "start", "masks", "processes")
            chosen: dict[str, Any] = {name: getattr(options, name) for name in names}
            store = generate_store(options.out, options.videos, **chosen)
        else:
            raise InputError("worldmodels cater needs videos=... to generate, or folder=... to read CATER's.")
    except (FileNotFoundError, ValueError) as error:
        raise InputError(str(error)) from error
    print(f"{options.out}: {len(store)} videos of {int(store.steps.max()) + 1} frames")
