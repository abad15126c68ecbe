"""CATER's labels: the cell of the snitch, the actions present, and the JSON of a video."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from worldmodels_envs.cater.camera import Floats, ground_directions, project
from worldmodels_envs.cater.catalogue import Thing
from worldmodels_envs.cater.scene import EXTENT, CaterScene
from worldmodels_envs.cater.timeline import Timeline

SIDE = 6
CELLS = SIDE * SIDE
ACTION_CLASSES = (
    ("sphere", "_slide"),
    ("sphere", "_pick_place"),
    ("spl", "_slide"),
    ("spl", "_pick_place"),
    ("spl", "_rotate"),
    ("cylinder", "_pick_place"),
    ("cylinder", "_slide"),
    ("cylinder", "_rotate"),
    ("cube", "_slide"),
    ("cube", "_pick_place"),
    ("cube", "_rotate"),
    ("cone", "_contain"),
    ("cone", "_pick_place"),
    ("cone", "_slide"),
)


def cell_of(points: Floats, side: int = SIDE) -> npt.NDArray[np.int64]:
    """Return the class of world points (..., 2 or 3): row of y times side plus column of x."""
    column_row = np.floor((np.asarray(points)[..., :2] + EXTENT) * side / (2 * EXTENT)).astype(np.int64)
    column_row = column_row.clip(0, side - 1)
    return np.asarray(column_row[..., 1] * side + column_row[..., 0])


def cell_centres(side: int = SIDE) -> Floats:
    """Return the world (x, y) of the middle of every cell (side * side, 2)."""
    middles = (np.arange(side) + 0.5) * 2 * EXTENT / side - EXTENT
    rows, columns = np.divmod(np.arange(side * side), side)
    return np.stack([middles[columns], middles[rows]], axis=-1)


def actions_present(things: tuple[Thing, ...], timeline: Timeline) -> list[int]:
    """Return the ids in `ACTION_CLASSES` of what some object of that shape does."""
    done = {
        (thing.shape, move.action) for thing, moves in zip(things, timeline.movements, strict=True) for move in moves
    }
    return [index for index, pair in enumerate(ACTION_CLASSES) if pair in done]


def scene_json(scene: CaterScene, timeline: Timeline, name: str, index: int, size: tuple[int, int]) -> dict[str, Any]:
    """Return a video's description as CATER stores it, JSON-ready.

    One key is ours: `camera`, the camera's place on every frame if it moves, else on the first.

    Args:
        scene: The first frame.
        timeline: The course.
        name: File name of the video.
        index: Number of the video.
        size: Height and width of a frame, px.
    """
    still = bool((scene.eyes == scene.eyes[0]).all())
    directions = ground_directions(scene.eyes[0])
    return {
        "split": "new",
        "image_index": index,
        "image_filename": name,
        "objects": _objects(scene, timeline, size),
        "directions": {key: vector.tolist() for key, vector in directions.items()},
        "relationships": _relationships(scene, directions),
        "movements": {
            thing.instance: [list(move) for move in moves]
            for thing, moves in zip(scene.things, timeline.movements, strict=True)
        },
        "camera": (scene.eyes[:1] if still else scene.eyes).tolist(),
    }


def _objects(scene: CaterScene, timeline: Timeline, size: tuple[int, int]) -> list[dict[str, Any]]:
    pixels = project(scene.places, scene.eyes[0], *size)
    return [
        {
            "shape": thing.shape,
            "size": thing.size,
            "sized": thing.radius,
            "material": thing.material,
            "3d_coords": scene.places[index].tolist(),
            "rotation": thing.rotation,
            "pixel_coords": [*pixels[index, :2].round().astype(int).tolist(), float(pixels[index, 2])],
            "color": thing.colour,
            "instance": thing.instance,
            "locations": {str(frame): place for frame, place in enumerate(timeline.places[:, index].tolist())},
        }
        for index, thing in enumerate(scene.things)
    ]


def _relationships(scene: CaterScene, directions: dict[str, Floats]) -> dict[str, list[list[int]]]:
    """For each direction and object, the objects that lie further that way (by CLEVR's margin of 0.2)."""
    relations = {}
    for name in ("right", "behind", "front", "left"):
        along = scene.places @ directions[name]
        further = along[None, :] - along[:, None] > 0.2
        relations[name] = [np.flatnonzero(row).tolist() for row in further]
    return relations


def objects_info(places: npt.NDArray[Any], inside: npt.NDArray[np.int8], most: int) -> dict[str, Any]:
    """A scene's objects as `info` tells of them, with rows for `most` so that all scenes fit into one array.

    Args:
        places: (n, 3).
        inside: (n,), the container of each, -1 for none.
        most: Rows.

    Returns:
        `objects`, how many there are; `positions` (most, 3), 0 beyond them, and `inside` (most,), -1 beyond them.
    """
    gap = max(0, most - len(places))
    positions = np.pad(places, ((0, gap), (0, 0))).astype(np.float32)
    return {"objects": len(places), "positions": positions, "inside": np.pad(inside, (0, gap), constant_values=-1)}
