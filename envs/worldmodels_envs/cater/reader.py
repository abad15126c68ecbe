"""The real CATER, or a data set written in its format: a folder in, episodes out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from worldmodels_envs.cater.camera import HOME, project
from worldmodels_envs.cater.timeline import Movement, containment
from worldmodels_envs.cater.video_file import read_video
from worldmodels_envs.names import known_name

Arrays = dict[str, npt.NDArray[Any]]
VIDEO_FOLDERS = ("videos", "images")
MOST_OBJECTS = 10


class Line(NamedTuple):
    """A line of a list: the video's name without its ending, and its labels."""

    name: str
    labels: tuple[int, ...]


class CaterFolder(Sequence[Arrays]):
    """The videos of one split of one task; each is read when it is asked for.

    The folder is as CATER unpacks it (`all_actions`, `max2action`, and those with camera motion): `videos/`
    (or `images/`), `scenes/` and `lists/TASK/SPLIT.txt`.

    Args:
        folder: The data set.
        split: Name of a list: train, val, train_subsetT, train_subsetV.
        task: Name of a folder of lists: localize, actions_present, actions_order_uniq, ...
        size: Height and width to resize frames to; None keeps the files'.
        stride: Keep every stride-th frame, the last one among them.

    Raises:
        FileNotFoundError: The folder has no such parts.
        ValueError: A list cannot be understood, or there is no such task or split.
    """

    def __init__(
        self,
        folder: str | Path,
        split: str = "train",
        task: str = "localize",
        *,
        size: tuple[int, int] | None = None,
        stride: int = 1,
    ) -> None:
        self.folder, self.size, self.stride = Path(folder), size, stride
        lists = _there(self.folder / "lists")
        known_name(task, _names(lists, "*"), f"CATER task in {lists}")
        known_name(split, [Path(name).stem for name in _names(lists / task, "*.txt")], f"CATER split of {task}")
        self.lines = read_list(lists / task / f"{split}.txt")
        self._videos = _video_folder(self.folder)
        self._scenes = _there(self.folder / "scenes")

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, index: Any) -> Any:
        """Return a video's arrays, or a list of them for a slice.

        Returns:
            `frames` uint8 (frames, height, width, 3); `label` (), the first label, and `labels` (k,); and
            from the scene `positions` (frames, 10, 3) float32, NaN where there is no object, `pixels`
            (frames, 10, 2) float32 in px, by the mean camera where the file does not store its own, `inside`
            (frames, 10) int8, and `radii` (10,) float32. The snitch is object 0.

        Raises:
            FileNotFoundError: The video or the scene is missing.
            ValueError: The video or the scene is damaged, or they do not belong together.
        """
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        line = self.lines[index]
        frames = read_video(self._videos / f"{line.name}.avi", self.size)
        scene = read_scene(self._scenes / f"{line.name}.json")
        if len(scene["positions"]) != len(frames):
            raise ValueError(
                f"video {line.name} has {len(frames)} frames, its scene {len(scene['positions'])}: "
                "the video breaks off or belongs to another scene; fetch or write both again"
            )
        arrays = {"frames": frames} | _cut(scene, frames.shape[1:3])
        first = (len(frames) - 1) % self.stride
        kept = {
            name: values[first :: self.stride] if name in ("frames", "positions", "pixels", "inside") else values
            for name, values in arrays.items()
        }
        return kept | {"label": np.array(line.labels[0]), "labels": np.array(line.labels)}

    def __iter__(self) -> Iterator[Arrays]:
        return (self[index] for index in range(len(self)))


def read_list(path: Path) -> list[Line]:
    """Read lines such as `CATER_new_000007.avi 17` or `some/path/CATER_new_000007, 1,2,3`.

    Raises:
        ValueError: A line has no number after its name.
    """
    lines = []
    for number, text in enumerate(path.read_text().splitlines(), start=1):
        if not text.strip():
            continue
        name, *labels = re.split(r"[\s,]+", text.strip().rstrip(","))
        if not labels or not all(label.isdigit() for label in labels):
            raise ValueError(f"{path}, line {number}: {text!r} is not a video's name and its class numbers")
        lines.append(Line(Path(name).name.removesuffix(".avi"), tuple(map(int, labels))))
    return lines


def read_scene(path: Path) -> Arrays:
    """Return a scene's course: `positions` (frames, n, 3), `inside` (frames, n), `radii` (n,), `camera`.

    The snitch is moved to the front if it is not there already.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no description of a CATER video.
    """
    if not path.is_file():
        raise FileNotFoundError(f"scene {path} is missing: was the archive unpacked completely?")
    try:
        scene = json.loads(path.read_text())
        objects = sorted(scene["objects"], key=lambda thing: thing["shape"] != "spl")
        positions = np.stack([_track(thing["locations"]) for thing in objects], axis=1)
        names = [thing["instance"] for thing in objects]
        moves = {name: [Movement(*move) for move in scene["movements"].get(name, [])] for name in names}
        return {
            "positions": positions,
            "inside": containment(moves, names, len(positions)),
            "radii": np.array([thing["sized"] for thing in objects], dtype=np.float32),
            "camera": np.array(scene.get("camera", [HOME]), dtype=np.float64),
        }
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ValueError(f"scene {path} does not describe a CATER video ({error!r}): fetch it again") from error


def _track(locations: dict[str, list[float]]) -> npt.NDArray[np.float64]:
    track = np.array([locations[str(frame)] for frame in range(len(locations))], dtype=np.float64)
    if track.ndim != 2 or track.shape[1] != 3:
        raise ValueError(f"locations have shape {track.shape}, not (frames, 3)")
    return track


def _cut(scene: Arrays, size: tuple[int, ...]) -> Arrays:
    """Pad a scene to 10 objects and add where they are in the picture."""
    frames, count = scene["positions"].shape[:2]
    eyes = np.broadcast_to(scene["camera"], (frames, 3))
    pixels = project(scene["positions"], eyes, size[0], size[1])[..., :2]
    gap = ((0, 0), (0, MOST_OBJECTS - count))
    return {
        "positions": np.pad(scene["positions"].astype(np.float32), (*gap, (0, 0)), constant_values=np.nan),
        "pixels": np.pad(pixels.astype(np.float32), (*gap, (0, 0)), constant_values=np.nan),
        "inside": np.pad(scene["inside"], gap, constant_values=-1),
        "radii": np.pad(scene["radii"], gap[1], constant_values=np.nan),
    }


def _there(folder: Path) -> Path:
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder} is missing: a CATER folder has videos/, scenes/ and lists/, unpacked from its archives"
        )
    return folder


def _video_folder(folder: Path) -> Path:
    for name in VIDEO_FOLDERS:
        if (folder / name).is_dir():
            return folder / name
    return _there(folder / VIDEO_FOLDERS[0])


def _names(folder: Path, pattern: str) -> list[str]:
    return sorted(path.name for path in folder.glob(pattern))
