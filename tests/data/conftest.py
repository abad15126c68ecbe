import numpy as np
import pytest
from gymnasium import spaces

from worldmodels.data import Episode, EpisodeWriter


def _make_episode(steps, seed=0, size=(4, 5), channels=3, space=None):
    """An episode whose frame t is filled with t, with random everything else."""
    rng = np.random.default_rng(seed)
    frames = rng.integers(0, 256, (steps + 1, *size, channels), dtype=np.uint8)
    frames[:, 0, 0, 0] = np.arange(steps + 1)
    frames[:, 0, 1, 0] = seed
    space = space or spaces.Discrete(4)
    space.seed(seed)
    return Episode(
        frames=frames,
        actions=np.array([space.sample() for _ in range(steps)], space.dtype).reshape(steps, *space.shape),
        rewards=rng.normal(size=steps),
        terminated=np.arange(steps) == steps - 1,
        truncated=np.zeros(steps, bool),
        signals={"position": rng.normal(size=(steps + 1, 2)).astype(np.float32)},
        seed=seed,
    )


def _assert_same(a, b):
    for name in ("frames", "actions", "rewards", "terminated", "truncated"):
        x, y = getattr(a, name), getattr(b, name)
        assert x.dtype == y.dtype
        np.testing.assert_array_equal(x, y)
    assert a.signals.keys() == b.signals.keys()
    for name, x in a.signals.items():
        assert x.dtype == b.signals[name].dtype
        np.testing.assert_array_equal(x, b.signals[name])
    assert a.seed == b.seed


@pytest.fixture
def store_path(tmp_path):
    """A store with episodes of 3, 9, 1, 6 and 12 steps."""
    path = tmp_path / "store"
    with EpisodeWriter(path, action_space=spaces.Discrete(4), provenance={"by": "test"}) as writer:
        for seed, steps in enumerate((3, 9, 1, 6, 12)):
            writer.add(_make_episode(steps, seed))
    return path


@pytest.fixture
def make_episode():
    return _make_episode


@pytest.fixture
def assert_same():
    return _assert_same
