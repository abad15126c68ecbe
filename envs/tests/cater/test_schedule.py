import numpy as np
import pytest

from worldmodels_envs.cater import VARIANTS, CaterConfig, simulate
from worldmodels_envs.cater.motion import CONTAIN, PICK_PLACE, SLIDE, progress
from worldmodels_envs.cater.scene import MIN_GAP
from worldmodels_envs.cater.timeline import Movement, containment, outermost


@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_collides(variant):
    for index in range(15):
        video = simulate(variant, 5, index)
        places, radii = video.timeline.places, video.scene.radii
        shown = outermost(video.timeline.inside)
        covering = covering_pairs(video)
        apart = np.linalg.norm(places[:, :, None] - places[:, None], axis=-1) - radii[:, None] - radii
        for first in range(len(radii)):
            for second in range(first):
                free = (shown[:, first] == first) & (shown[:, second] == second)
                free &= ~covering[:, first, second] & ~covering[:, second, first]
                assert (apart[free, first, second] >= MIN_GAP - 1e-9).all()


def covering_pairs(video):
    """Where a cone is on its way over or off an object, or has been put over it (frames, n, n)."""
    names = [thing.instance for thing in video.scene.things]
    pairs = np.zeros((len(video.timeline.places), len(names), len(names)), bool)
    for outer, moves in enumerate(video.timeline.movements):
        for move in moves:
            if move.action == CONTAIN:
                inner = names.index(move.other)
                nested = [
                    k
                    for k in range(len(names))
                    if k == inner or root(video, move.end, k) == root(video, move.end, inner)
                ]
                lift = [m.end for m in moves if m.action == PICK_PLACE and m.start > move.end]
                pairs[move.start : lift[0] if lift else None, outer, nested] = True
    return pairs


def root(video, frame, index):
    return outermost(video.timeline.inside[[frame]])[0, index]


def test_objects_inside_stay_under_their_cone():
    for index in range(20):
        timeline = simulate("all_actions", 6, index).timeline
        frames, objects = np.nonzero(timeline.inside >= 0)
        cones = timeline.inside[frames, objects]
        np.testing.assert_allclose(timeline.places[frames, objects, :2], timeline.places[frames, cones, :2], atol=1e-9)


def test_objects_end_on_the_ground():
    video = simulate("all_actions", 2)
    np.testing.assert_allclose(video.timeline.places[-1, :, 2], [t.rest_height for t in video.scene.things])


def test_the_same_seed_gives_the_same_video():
    first, again, other = (simulate("max2action", seed, 9) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.timeline.places, again.timeline.places)
    assert first.timeline.movements == again.timeline.movements
    assert first.timeline.places.shape != other.timeline.places.shape or not np.array_equal(
        first.timeline.places, other.timeline.places
    )


def test_short_videos_stand_still():
    timeline = simulate(CaterConfig(frames=20), 1).timeline
    assert (timeline.places == timeline.places[0]).all() and not any(timeline.movements)


def test_three_objects_can_all_be_nested():
    videos = [simulate(CaterConfig(min_objects=3, max_objects=3), 0, index) for index in range(40)]
    assert any((v.timeline.inside >= 0).sum(1).max() == 2 for v in videos)


def test_pick_and_place_rises_travels_and_lands():
    share, height = progress(PICK_PLACE, 26, 30)
    assert height.max() == 2 and height[0] == 0 and (height[25:] == 0).all()
    assert share[5] == 0 and height[5] == 2 and share[20] == 1 and height[20] == 2
    travelling = (share > 0) & (share < 1)
    assert (height[travelling] == 2).all()
    np.testing.assert_allclose(np.diff(progress(SLIDE, 11, 11)[0]), 0.1)


def test_containment_lasts_until_the_cone_is_lifted():
    moves = {
        "Cone_1": [
            Movement(CONTAIN, "Spl_0", 10, 20),
            Movement(SLIDE, None, 22, 24),
            Movement(PICK_PLACE, None, 30, 40),
        ],
        "Cone_2": [Movement(CONTAIN, "Cone_1", 21, 23)],
    }
    inside = containment(moves, ["Spl_0", "Cone_1", "Cone_2"], 50)
    assert np.flatnonzero(inside[:, 0] == 1).tolist() == list(range(20, 31))
    assert outermost(inside)[[19, 20, 23, 31, 49], 0].tolist() == [0, 1, 2, 0, 0]
    assert (inside[23:, 1] == 2).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"min_objects": 2}, "within 3..10"),
        ({"max_actions": 0}, "max_actions is 0"),
        ({"frames": 0}, "frames is 0"),
        ({"light_jitter": -1}, "must not be negative"),
    ],
)
def test_bad_configurations(changes, message):
    with pytest.raises(ValueError, match=message):
        CaterConfig(**changes)


def test_unknown_variant_suggests_a_near_one():
    with pytest.raises(ValueError, match="did you mean 'all_actions'"):
        simulate("all_action")
