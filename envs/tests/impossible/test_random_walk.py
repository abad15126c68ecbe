import numpy as np
import pytest

from worldmodels_envs.impossible import KINDS, random_walk

ONE = {"balls": 1}


def test_pairs_are_alike_up_to_the_event_and_differ_in_it():
    made = random_walk(pairs=41, length=5, time=3, seed=1)
    assert made.possible.shape == made.impossible.shape == (41, 5, 32, 32, 3) and made.time == 3
    assert np.bincount(made.kinds).tolist() == [11, 10, 10, 10]
    assert (made.possible[:, :3] == made.impossible[:, :3]).all()
    assert (made.possible[:, 3] != made.impossible[:, 3]).any((1, 2, 3)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_lone_ball_does_what_its_kind_says(kind):
    made = random_walk(pairs=80, length=6, time=3, **ONE)
    chosen = made.kinds == KINDS.index(kind)
    before, after = (_ball(made.impossible[chosen, time]) for time in (2, 3))
    moved = abs(after[0] - before[0]).sum(1)
    if kind == "vanish":
        assert not made.impossible[chosen, 3:].any()
        return
    assert (after[1].any(1)).all() and ((after[1] == before[1]).all(1) == (kind != "colour")).all()
    if kind == "jump":
        assert (moved >= 12).all()
    if kind == "wall":
        # From one side to the other, straight across.
        assert (moved >= 19).all() and (abs(after[0] - before[0]).min(1) == 0).all()
    if kind == "colour":
        assert (moved == 3).all() and (_ball(made.impossible[chosen, 5])[1] == after[1]).all()


def test_possible_videos_walk():
    made = random_walk(pairs=60, length=6, **ONE)
    places = np.stack([_ball(made.possible[:, time])[0] for time in range(6)], 1)
    assert (abs(np.diff(places, axis=1)).sum(2) == 3).all()


def test_the_seed_decides():
    first, again, other = (random_walk(pairs=8, seed=seed).impossible for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).any()


@pytest.mark.parametrize("bad", [{"pairs": 0}, {"time": 0}, {"time": 6, "length": 6}, {"balls": 6}, {"config": "atom"}])
def test_what_cannot_be_made_is_refused(bad):
    with pytest.raises(ValueError, match=r"pairs|time|colour|atomic"):
        random_walk(**bad)


def _ball(frames):
    """Centre (n, 2) and colour (n, 3) of the only ball; NaN where there is none."""
    seen = frames.any(-1)
    centres = np.full((len(frames), 2), np.nan)
    for row, mask in enumerate(seen):
        if mask.any():
            ys, xs = np.nonzero(mask)
            centres[row] = (xs.min() + xs.max()) / 2, (ys.min() + ys.max()) / 2
    return centres, frames.reshape(len(frames), -1, 3).max(1)
