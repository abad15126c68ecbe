import json

import pytest

from worldmodels_envs.phyre.level import LevelError, load_levels, save_levels, scene_from_json, scene_to_json
from worldmodels_envs.phyre.scene import Color


def body(**changes):
    return {"dynamic": True, "position": [10, 20], "shapes": [{"circle": 4}], **changes}


def level(*bodies, **changes):
    return {"id": "mine", "bodies": list(bodies) or [body(), body(position=[50, 20])], "goal": [0, 1], **changes}


def test_levels_survive_a_file(tmp_path, ledge, drop):
    save_levels([ledge, drop], tmp_path / "levels.json")
    assert load_levels(tmp_path / "levels.json") == [ledge, drop]


def test_a_single_level_and_defaults(tmp_path):
    (tmp_path / "one.json").write_text(json.dumps(level(body(), {**body(), "dynamic": False})))
    (scene,) = load_levels(tmp_path / "one.json")
    assert [b.color for b in scene.bodies] == [Color.GRAY, Color.BLACK]
    assert (scene.name, scene.bodies[0].angle, scene.bodies[0].user) == ("mine", 0.0, False)


def test_clockwise_polygons_are_turned():
    corners = [[0, 0], [0, 10], [10, 0]]
    scene = scene_from_json(level(body(shapes=[{"polygon": corners}]), body(position=[90, 90])))
    assert scene.bodies[0].shapes[0].vertices == ((10.0, 0.0), (0.0, 10.0), (0.0, 0.0))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (body(position=[1]), r"mine: body 1: field 'position' must be two numbers"),
        (body(position=[1, float("nan")]), r"body 1: field 'position' must be a number from"),
        (body(angle="x"), r"body 1: field 'angle' must be a number from -4096 to 4096, not 'x'"),
        (body(dynamic=1), r"body 1: field 'dynamic' must be true or false"),
        (body(color=9), r"body 1: field 'color' must be one of 1 red"),
        (body(shapes=[]), r"body 1: field 'shapes' must be a list"),
        (body(shapes=[{"circle": -1}]), r"body 1: field 'shapes'\[0\]: 'circle' must be a radius above 0"),
        (body(shapes=[{"square": 1}]), r"body 1: field 'shapes'\[0\] must be"),
        (body(shapes=[{"polygon": [[0, 0], [1, 1]]}]), r"'polygon' must be a list of 3 to 8"),
        (body(shapes=[{"polygon": [[0, 0], [4, 0], [1, 1], [0, 4]]}]), r"'polygon' must be convex"),
        (
            body(shapes=[{"polygon": [[0, 3], [2, -3], [-3, 1], [3, 1], [-2, -3]]}]),
            r"'polygon' must be convex",
        ),
        (body(positon=[1, 2]), r"body 1: unknown field 'positon'.*did you mean 'position'"),
        ("ball", r"body 1: a body is a JSON object, not str"),
    ],
)
def test_errors_name_the_body_and_the_field(wrong, message):
    with pytest.raises(LevelError, match=message):
        scene_from_json(level(body(), wrong))


@pytest.mark.parametrize("goal", [None, [0], [0, 0], [0, 7], [0, True], "01"])
def test_goals_are_two_bodies(goal):
    with pytest.raises(LevelError, match="mine: field 'goal' must be two different body indices below 2"):
        scene_from_json(level(goal=goal))


def test_a_goal_between_static_bodies_is_refused():
    still = body(dynamic=False)
    with pytest.raises(LevelError, match="bodies 0 and 1 are both static"):
        scene_from_json(level(still, still))


def test_recorded_verdicts_are_levels(verdicts):
    scene = scene_from_json(verdicts[0])
    assert scene.bodies[-1].user and scene.bodies[-1].color == Color.RED
    assert scene_from_json(scene_to_json(scene)) == scene
