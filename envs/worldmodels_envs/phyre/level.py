"""Levels as JSON: puzzles of one's own, read with errors that name the body and the field.

A level is an object `{"id": str, "bodies": [...], "goal": [i, j]}`. A body is an object
`{"dynamic": bool, "position": [x, y], "angle": radians, "user": bool, "color": 1-6, "shapes": [...]}`
with shapes `{"polygon": [[x, y], ...]}` (convex, in the body's own frame) or `{"circle": radius}`.
`dynamic` defaults to false, `angle` to 0, `user` to false and `color` to black, or to gray where the body
moves. Unknown keys are errors, but for those of the recorded verdicts (`kind`, `solved`, `steps`,
`positions`), which are passed over. The four walls are bodies like any others: without them balls leave
the scene.
"""

from __future__ import annotations

import difflib
import json
import math
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from worldmodels_envs.phyre.scene import Body, Circle, Color, Polygon, Scene, Shape
from worldmodels_envs.whole import write_file

LEVEL_FIELDS = ("id", "bodies", "goal", "kind", "solved", "steps", "positions")
BODY_FIELDS = ("dynamic", "position", "angle", "user", "color", "shapes")


FARTHEST = 4096
"""No place, length or angle of a level is beyond it; a scene is 256 pixels wide."""
MOST_BYTES, MOST_LEVELS, MOST_BODIES, MOST_SHAPES = 256 << 20, 100_000, 256, 64


class LevelError(ValueError):
    """A level that cannot be read; the message names the level, the body and the field."""


def load_levels(path: str | Path) -> list[Scene]:
    """Read a JSON file that holds one level or a list of levels."""
    try:
        mode = os.stat(path)
        if not stat.S_ISREG(mode.st_mode) or mode.st_size > MOST_BYTES:
            raise LevelError(f"{path} is no regular file of at most {MOST_BYTES:,} bytes")
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except LevelError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise LevelError(f"{path} cannot be read: {error!s:.200}") from error
    levels = data if isinstance(data, list) else [data]
    if not 1 <= len(levels) <= MOST_LEVELS:
        raise LevelError(f"{path} holds {len(levels)} levels, must be 1 to {MOST_LEVELS}")
    return [scene_from_json(level) for level in levels]


def save_levels(scenes: Sequence[Scene], path: str | Path) -> None:
    """Write levels as a JSON list."""
    write_file(path, json.dumps([scene_to_json(scene) for scene in scenes]).encode())


def scene_to_json(scene: Scene) -> dict[str, Any]:
    """A scene as a JSON level."""
    return {"id": scene.name, "bodies": [_body_to_json(b) for b in scene.bodies], "goal": list(scene.goal)}


def scene_from_json(level: Mapping[str, Any]) -> Scene:
    """The scene of a JSON level.

    Raises:
        LevelError: naming the body and the field that is wrong, and what is allowed.
    """
    if not isinstance(level, Mapping):
        raise LevelError(f"a level is a JSON object, not {type(level).__name__}")
    name = str(level.get("id", "level"))[:200]
    _known(level, LEVEL_FIELDS, name)
    bodies = level.get("bodies")
    if not isinstance(bodies, list) or not 1 <= len(bodies) <= MOST_BODIES:
        raise LevelError(f"{name}: field 'bodies' must be a list of 1 to {MOST_BODIES} bodies")
    read = tuple(_body(body, f"{name}: body {index}") for index, body in enumerate(bodies))
    return Scene(read, _goal(level.get("goal"), read, name), name)


def _goal(goal: Any, bodies: Sequence[Body], name: str) -> tuple[int, int]:
    allowed = f"two different body indices below {len(bodies)}"
    if not isinstance(goal, list) or len(goal) != 2 or not all(type(i) is int for i in goal):
        raise LevelError(f"{name}: field 'goal' must be {allowed}, not {goal!r}")
    first, second = goal
    if first == second or not (0 <= first < len(bodies) and 0 <= second < len(bodies)):
        raise LevelError(f"{name}: field 'goal' must be {allowed}, not {goal!r}")
    if not (bodies[first].dynamic or bodies[second].dynamic):
        raise LevelError(f"{name}: field 'goal': bodies {first} and {second} are both static and can never meet")
    return first, second


def _body(body: Any, where: str) -> Body:
    if not isinstance(body, Mapping):
        raise LevelError(f"{where}: a body is a JSON object, not {type(body).__name__}")
    _known(body, BODY_FIELDS, where)
    dynamic = _flag(body, "dynamic", where)
    shapes = body.get("shapes")
    if not isinstance(shapes, list) or not 1 <= len(shapes) <= MOST_SHAPES:
        raise LevelError(f"{where}: field 'shapes' must be a list of 1 to {MOST_SHAPES} shapes")
    return Body(
        shapes=tuple(_shape(shape, f"{where}: field 'shapes'[{i}]") for i, shape in enumerate(shapes)),
        position=_point(body.get("position"), f"{where}: field 'position'"),
        angle=_number(body.get("angle", 0.0), f"{where}: field 'angle'"),
        dynamic=dynamic,
        color=_color(body.get("color", Color.GRAY if dynamic else Color.BLACK), where),
        user=_flag(body, "user", where),
    )


def _shape(shape: Any, where: str) -> Shape:
    if not isinstance(shape, Mapping) or set(shape) not in ({"circle"}, {"polygon"}):
        raise LevelError(f"{where} must be {{'circle': radius}} or {{'polygon': [[x, y], ...]}}")
    if "circle" in shape:
        radius = _number(shape["circle"], f"{where}: 'circle'")
        if radius <= 0:
            raise LevelError(f"{where}: 'circle' must be a radius above 0, not {radius}")
        return Circle(radius)
    vertices = shape["polygon"]
    if not isinstance(vertices, list) or not 3 <= len(vertices) <= 8:
        raise LevelError(f"{where}: 'polygon' must be a list of 3 to 8 vertices")
    return Polygon(_convex([_point(v, f"{where}: 'polygon'[{i}]") for i, v in enumerate(vertices)], where))


def _convex(vertices: list[tuple[float, float]], where: str) -> tuple[tuple[float, float], ...]:
    """The vertices counter-clockwise, or an error where they are not convex."""
    points = np.array(vertices)
    edges = np.roll(points, -1, axis=0) - points
    following = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    headings = np.unwrap(np.arctan2(*np.vstack([edges, edges[:1]]).T[::-1]))
    once = abs(abs(headings[-1] - headings[0]) - 2 * math.pi) < 1e-6
    if not once or not ((turns > 0).all() or (turns < 0).all()):
        raise LevelError(f"{where}: 'polygon' must be convex; split it into several shapes")
    return tuple(vertices if turns[0] > 0 else vertices[::-1])


def _point(value: Any, where: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise LevelError(f"{where} must be two numbers [x, y], not {value!r}")
    return _number(value[0], where), _number(value[1], where)


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= FARTHEST:
        raise LevelError(f"{where} must be a number from -{FARTHEST} to {FARTHEST}, not {value!r:.80}")
    return float(value)


def _flag(body: Mapping[str, Any], field: str, where: str) -> bool:
    value = body.get(field, False)
    if not isinstance(value, bool):
        raise LevelError(f"{where}: field '{field}' must be true or false, not {value!r}")
    return value


def _color(value: Any, where: str) -> Color:
    if not isinstance(value, int) or isinstance(value, bool) or value not in set(Color) - {Color.BACKGROUND}:
        names = ", ".join(f"{c.value} {c.name.lower()}" for c in Color if c)
        raise LevelError(f"{where}: field 'color' must be one of {names}; not {value!r:.80}")
    return Color(value)


def _known(item: Mapping[str, Any], fields: Sequence[str], where: str) -> None:
    for key in item:
        if key not in fields:
            near = difflib.get_close_matches(str(key), fields, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise LevelError(f"{where}: unknown field '{key}'; fields are {', '.join(fields)}{hint}")


def _body_to_json(body: Body) -> dict[str, Any]:
    return {
        "dynamic": body.dynamic,
        "position": list(body.position),
        "angle": body.angle,
        "user": body.user,
        "color": int(body.color),
        "shapes": [
            {"circle": s.radius} if isinstance(s, Circle) else {"polygon": [list(v) for v in s.vertices]}
            for s in body.shapes
        ],
    }
