import numpy as np
import pytest

from worldmodels_envs.narratives import VARIANTS, NarrativesConfig
from worldmodels_envs.narratives.story import colours_at, draw_stories, instances_at, positions_at

COUNT = 400


def stories(config):
    return draw_stories(config, np.random.default_rng(0), COUNT)


@pytest.mark.parametrize("name", VARIANTS)
def test_shapes_neither_touch_nor_leave_the_frame(name):
    config = VARIANTS[name]
    story = stories(config)
    radii = np.array(config.radii)[story.radii] * config.size
    assert (story.places >= radii[..., None] - 1e-9).all()
    assert (story.places <= config.size - 1 - radii[..., None] + 1e-9).all()
    gaps = np.linalg.norm(story.places[:, :, None] - story.places[:, None], axis=-1)
    apart = gaps - radii[:, :, None] - radii[:, None]
    assert apart[:, ~np.eye(config.shapes, dtype=bool)].min() > 0


def test_a_crowd_is_placed_too():
    config = NarrativesConfig(shapes=8, size=16, radii=(0.125,))
    story = stories(config)
    gaps = np.linalg.norm(story.places[:, :, None] - story.places[:, None], axis=-1)
    assert gaps[:, ~np.eye(8, dtype=bool)].min() > 4


@pytest.mark.parametrize("name", ["traveling_salesman", "salesman_3"])
def test_the_salesman_arrives_at_each_shape_in_turn(name):
    config = VARIANTS[name]
    story, rows = stories(config), np.arange(COUNT)
    for visit in range(config.visits):
        there = positions_at(config, story, np.full(COUNT, float(config.leg * (visit + 1))))
        assert there[:, 0] == pytest.approx(story.places[rows, story.order[:, visit]])
        assert (there[:, 1:] == story.places[:, 1:]).all()
    assert (np.sort(story.order, 1) == np.arange(1, config.shapes)).all()
    rest = positions_at(config, story, np.full(COUNT, 1e3))
    assert (rest == there).all()


def test_every_order_is_as_likely():
    _, counts = np.unique(stories(VARIANTS["salesman_4"]).order, axis=0, return_counts=True)
    assert len(counts) == 6 and counts.min() > COUNT / 6 * 0.6


@pytest.mark.parametrize("name", ["color_reaction", "reaction"])
def test_the_shape_moved_to_changes_colour_once_it_is_touched(name):
    config = VARIANTS[name]
    story, rows = stories(config), np.arange(COUNT)
    before, after = (colours_at(config, story, np.full(COUNT, config.leg + later)) for later in (0.0, 1.0))
    changed = before != after
    assert (changed.sum(1) == 1).all() and changed[rows, story.order[:, 0]].all()
    assert (before == story.colours).all()
    places = positions_at(config, story, np.full(COUNT, config.leg + 1.0))
    radii = np.array(config.radii)[story.radii] * config.size
    gap = np.linalg.norm(places[:, 0] - places[rows, story.order[:, 0]], axis=-1)
    assert gap == pytest.approx(radii[:, 0] + radii[rows, story.order[:, 0]])
    if not config.repeat:
        assert all(len(set(row)) == config.shapes for row in after)


@pytest.mark.parametrize(
    ("name", "time", "count"),
    [
        ("salesman_4", 0, 6),
        ("salesman_4", 1, 2),
        ("salesman_4", 5, 2),
        ("salesman_4", 6, 1),
        ("salesman_4", 99, 1),
        ("traveling_salesman", 0, 120),
        ("color_reaction", 0, 22),
        ("color_reaction", 5, 11),
        ("color_reaction", 6, 1),
        ("reaction", 0, 8),
    ],
)
def test_the_number_of_instances_is_that_of_the_courses_left(name, time, count):
    assert instances_at(VARIANTS[name], np.array([float(time)])) == [count]


@pytest.mark.parametrize("name", ["reaction", "color_reaction"])
def test_the_number_of_instances_is_what_is_drawn(name):
    config = VARIANTS[name]
    story = draw_stories(config, np.random.default_rng(0), 20_000)
    same = (story.colours == story.colours[0]).all(1) & (story.order == story.order[0]).all(1)
    assert len(set(story.reaction[same])) == instances_at(config, np.array([1.0]))[0]
