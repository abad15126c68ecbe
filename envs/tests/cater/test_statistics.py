"""500 videos against the facts of CATER's generator; no pictures, so it takes seconds."""

import itertools
from collections import Counter

import numpy as np
import pytest

from worldmodels_envs.cater import CELLS, CaterConfig, simulate
from worldmodels_envs.cater.catalogue import TURNABLE, can_contain
from worldmodels_envs.cater.motion import CONTAIN, NO_OP, PICK_PLACE, ROTATE, SLIDE
from worldmodels_envs.cater.scene import EXTENT, MIN_GAP

COUNT = 500


def rejected(observed, expected, deviations=4.0):
    """Whether counts lie further from what is expected than chance explains (chi squared)."""
    observed, expected = np.asarray(observed, float), np.asarray(expected, float)
    freedom = len(observed) - 1
    statistic = ((observed - expected) ** 2 / expected).sum()
    return statistic > freedom + deviations * np.sqrt(2 * freedom)


@pytest.fixture(scope="module")
def videos():
    return [simulate("all_actions", 11, index) for index in range(COUNT)]


def segments(video):
    """The actions of a video grouped by segment: two actions of one object never share a segment."""
    moves = sorted((m.start, m.end) for moves in video.timeline.movements for m in moves if m.action != NO_OP)
    groups, last = [], -1
    for start, end in moves:
        if not groups or start > last:
            groups.append([])
        groups[-1].append((start, end))
        last = max(last, end)
    return groups


def test_objects(videos):
    counts = Counter(len(video.scene.things) for video in videos)
    assert sorted(counts) == [5, 6, 7, 8, 9, 10]
    assert not rejected([counts[n] for n in range(5, 11)], np.full(6, COUNT / 6))
    others = [thing for video in videos for thing in video.scene.things[3:]]
    for values in (
        Counter(thing.shape for thing in others),
        Counter(thing.material for thing in others),
        Counter(thing.colour for thing in others),
    ):
        assert not rejected(list(values.values()), np.full(len(values), len(others) / len(values)))
    sizes = Counter(thing.size for thing in others)  # scenes without room are drawn anew, so small ones gain
    assert sizes["small"] > sizes["large"] and sizes["large"] > 0.27 * len(others)
    assert len({video.scene.things[0]._replace(rotation=0) for video in videos}) == 1
    firsts = {tuple((t.shape, t.size, t.radius) for t in video.scene.things[:3]) for video in videos}
    assert firsts == {(("spl", "small", 0.3), ("cone", "medium", 0.5), ("cone", "large", 0.75))}


def test_first_places(videos):
    for video in videos:
        places, radii = video.scene.places, video.scene.radii
        assert (np.abs(places[:, :2]) < EXTENT).all()
        apart = np.linalg.norm(places[:, None, :2] - places[None, :, :2], axis=-1)
        np.fill_diagonal(apart, np.inf)
        assert (apart - radii[:, None] - radii >= MIN_GAP).all()
    starts = np.array([video.scene.places[0, :2] for video in videos])
    assert np.abs(starts.mean(0)).max() < 4 * np.sqrt(3 / COUNT)


def test_cells_are_spread_evenly(videos):
    labels = np.bincount([video.label for video in videos], minlength=CELLS)
    assert not rejected(labels, np.full(CELLS, COUNT / CELLS))


def test_times(videos):
    for video in videos:
        for moves in video.timeline.movements:
            assert all(20 <= m.end - m.start <= 30 or m.end == 300 for m in moves)
            assert all(b.start > a.end for a, b in itertools.pairwise(moves))
        assert max(m.start for moves in video.timeline.movements for m in moves) <= 280
    lengths = Counter(m.end - m.start for v in videos for moves in v.timeline.movements for m in moves if m.end < 290)
    assert sorted(lengths) == list(range(20, 31))


def test_action_mix(videos):
    """A lone sphere slides or is lifted, a lone cube rotates too, which always has room."""
    tried = Counter()
    for video in videos:
        for thing, moves, inside in zip(
            video.scene.things, video.timeline.movements, video.timeline.inside.T, strict=True
        ):
            first = [m for m in moves if m.action != CONTAIN and (inside[: m.end + 1] < 0).all()]
            tried.update((thing.shape, m.action) for m in first)
            assert all(m.action != ROTATE for m in moves) or thing.shape in TURNABLE
    cube = np.array([tried["cube", kind] for kind in (ROTATE, PICK_PLACE, SLIDE)])
    assert cube[0] > cube[1] > cube[2]  # what needs less room succeeds more often
    assert 0.55 < cube[0] / cube.sum() < 0.8
    sphere = np.array([tried["sphere", kind] for kind in (PICK_PLACE, SLIDE)])
    assert 0.5 < sphere[0] / sphere.sum() < 0.65


def test_contain_rate(videos):
    """Half of the segments try to contain something, and only those in which a pair fits do."""
    contains = sum(m.action == CONTAIN for v in videos for moves in v.timeline.movements for m in moves)
    share = contains / sum(len(segments(video)) for video in videos)
    assert 0.2 < share < 0.5
    for video in videos:
        names = {thing.instance: thing for thing in video.scene.things}
        for thing, moves in zip(video.scene.things, video.timeline.movements, strict=True):
            assert all(can_contain(thing, names[m.other]) for m in moves if m.action == CONTAIN)


def test_snitch_is_often_hidden(videos):
    hidden = np.mean([video.timeline.inside[-1, 0] >= 0 for video in videos])
    assert 0.25 < hidden < 0.5
    nested = [(video.timeline.inside[:, 1] == 2) & (video.timeline.inside[:, 0] == 1) for video in videos]
    assert np.mean([both.any() for both in nested]) > 0.02


@pytest.mark.parametrize("most", [1, 2])
def test_at_most_so_many_act(most):
    """A stack that slides together counts once: its members' actions have the same first and last frame."""
    config = CaterConfig(max_actions=most)
    for index in range(60):
        video = simulate(config, 3, index)
        for segment in segments(video):
            assert len(set(segment)) <= most
