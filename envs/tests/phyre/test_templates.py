import numpy as np
import pytest

from worldmodels_envs.phyre.layout import InvalidLayout, Layout, jar_shapes
from worldmodels_envs.phyre.level import scene_from_json
from worldmodels_envs.phyre.scene import Color
from worldmodels_envs.phyre.templates import TEMPLATES, get_template

SMALL_GRIDS = [
    "00002", "00003", "00005", "00007", "00008", "00010", "00014", "00015", "00017", "00018", "00020", "00021",
]  # fmt: skip


def boxes(scene):
    return np.array([body.box for body in scene.bodies if not body.user])


def distance(ours, theirs):
    """How far the worst-matched body of either is from the nearest of the other, pixels."""
    apart = np.abs(ours[:, None] - theirs[None]).max(axis=-1)
    return max(apart.min(axis=0).max(), apart.min(axis=1).max())


def test_there_are_25():
    assert list(TEMPLATES) == [f"{index:05d}" for index in range(25)]


@pytest.mark.parametrize("id", TEMPLATES)
def test_layouts_are_scenes_with_a_goal_that_is_not_met(id):
    layouts = TEMPLATES[id].layouts()
    for _ in range(3):
        parameters, scene = next(layouts)
        first, second = (scene.bodies[index] for index in scene.goal)
        assert {first.color, second.color} <= {Color.GREEN, Color.BLUE, Color.PURPLE}
        assert first.dynamic and first.color == Color.GREEN
        assert second.color == (Color.BLUE if second.dynamic else Color.PURPLE)
        assert set(parameters) == set(TEMPLATES[id].grid)
        assert TEMPLATES[id].scene(parameters) == scene


def test_the_order_of_choices_is_fixed_and_mixed():
    first = TEMPLATES["00002"].choices()
    assert first == TEMPLATES["00002"].choices()
    assert len({choice["width"] for choice in first[:20]}) > 3


@pytest.mark.parametrize("id", SMALL_GRIDS)
def test_layouts_include_the_originals_to_a_hundredth_of_a_pixel(verdicts, id):
    originals = {case["id"]: boxes(scene_from_json(case)) for case in verdicts if case["id"].startswith(id)}
    nearest = dict.fromkeys(originals, np.inf)
    for _, scene in TEMPLATES[id].layouts():
        ours = boxes(scene)
        for case, theirs in originals.items():
            nearest[case] = min(nearest[case], distance(ours, theirs))
    assert originals and max(nearest.values()) < 0.01


def test_jars_lean_outwards_and_stand_on_their_base():
    base, left, right = jar_shapes(102.4)
    assert max(x for x, _ in base.vertices) == pytest.approx(0.8 * 102.4 / 1.2 / 2)
    assert max(y for _, y in right.vertices) - min(y for _, y in base.vertices) == pytest.approx(102.4)
    assert left.vertices == tuple((-x, y) for x, y in right.vertices[::-1])


def test_layouts_refuse_overlaps_and_what_sticks_out():
    layout = Layout()
    ball = layout.ball(0.1, x=100.0, bottom=50.0)
    other = layout.ball(0.1, x=110.0, bottom=50.0)
    with pytest.raises(InvalidLayout, match="overlap"):
        layout.scene(ball, other)
    outside = Layout()
    with pytest.raises(InvalidLayout, match="sticks out"):
        outside.scene(outside.ball(0.1, x=5.0, bottom=50.0), outside.floor())


def test_unknown_templates_are_named():
    with pytest.raises(KeyError, match=r"near: .*00012"):
        get_template("0012")
