import gymnasium
import numpy as np
import pytest

import worldmodels_envs  # noqa: F401 - registers its environments

IDS = ["RandomWalk-v0", "RandomWalkReach-v0", "MovingDigits-v0", "MovingShapes-v0", "Pendulum-v0"]


def make(name, **options):
    if name.startswith("MovingDigits"):
        pytest.importorskip("sklearn")
    return gymnasium.make(f"worldmodels/{name}", **options)


def factors():
    for name in IDS:
        if name.startswith("MovingDigits"):
            yield from ((name, factor) for factor in ("digits", "size", "speed"))
        else:
            yield from ((name, factor) for factor in make(name).unwrapped.variation_space)


@pytest.mark.parametrize(("name", "factor"), list(factors()))
def test_a_factor_changes_the_video_within_its_space(name, factor):
    env = make(name)
    space = env.unwrapped.variation_space[factor]
    seen = set()
    for seed in range(6):
        frame, info = env.reset(seed=seed, options={"variation": [factor]})
        assert space.contains(info["variation"][factor])
        assert list(info["variation"]) == [factor]
        assert env.observation_space.contains(frame)
        for _ in range(3):
            frame, *_ = env.step(0)
        assert env.observation_space.contains(frame)
        seen.add(str(info["variation"][factor]))
    assert len(seen) > 1


@pytest.mark.parametrize("name", IDS)
def test_the_seed_decides_everything_and_without_it_nothing_varies(name):
    one, other = make(name), make(name)
    names = list(one.unwrapped.variation_space)
    for options in ({"variation": names}, None, {"variation": names[:1]}):
        left, right = one.reset(seed=5, options=options), other.reset(seed=5, options=options)
        assert np.array_equal(left[0], right[0])
        assert ("variation" in left[1]) == (options is not None)
    plain = make(name)
    assert np.array_equal(plain.reset(seed=7)[0], one.reset(seed=7)[0])


def test_values_can_be_given():
    env = make("RandomWalk-v0", balls=1)
    frame, info = env.reset(seed=0, options={"variation": {"colours": [[200, 100, 70]], "radius": 2}})
    shown = {tuple(pixel) for pixel in frame.reshape(-1, 3).tolist()}
    assert shown == {(0, 0, 0), (200, 100, 70)}
    assert info["masks"].sum() == 21  # of radius 2; of radius 3 it is 37
    assert info["variation"]["radius"] == 2


def test_unknown_factors_and_values_outside_are_refused():
    env = make("RandomWalk-v0")
    with pytest.raises(ValueError, match="colours"):
        env.reset(options={"variation": ["colors"]})
    with pytest.raises(ValueError, match="radius is 9, outside"):
        env.reset(options={"variation": {"radius": 9}})
