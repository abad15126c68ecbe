import numpy as np
import pytest

from worldmodels.data import record
from worldmodels.errors import UnknownNameError
from worldmodels.worlds import World

pytest.importorskip("worldmodels_envs")
REACH = "worldmodels_envs:worldmodels/RandomWalkReach-v0"
WALK = "worldmodels_envs:worldmodels/RandomWalk-v0"


def test_a_worlds_episodes_vary_and_its_recipe_says_so():
    world = World(REACH, size=None, variation=("colours",))
    assert World.from_json(world.to_json()).variation == ("colours",)
    env = world.make()
    seen = [env.reset(seed=seed)[1]["variation"]["colours"].tolist() for seed in range(3)]
    assert seen[0] != seen[1] != seen[2]
    envs = world.make_vec(2)
    frames, _ = envs.reset(seed=0)
    assert np.array_equal(frames[0], env.reset(seed=0)[0])


def test_action_free_worlds_vary_in_data_sets(tmp_path):
    """Their episodes are made in batches where nothing varies."""
    store = record(World(WALK, size=None, variation=("colours",)), None, 3, tmp_path, seed=0, progress=False)
    colours = [{tuple(pixel) for pixel in episode.frames[0].reshape(-1, 3).tolist()} for episode in store]
    assert colours[0] != colours[1] != colours[2]


def test_an_unknown_factor_is_refused():
    with pytest.raises(UnknownNameError, match="Did you mean 'colours'"):
        World(REACH, size=None, variation=("colors",)).make()
    with pytest.raises(UnknownNameError, match="unknown factor of variation 'length'"):
        World("CartPole-v1", frame="render", variation=("length",)).make()
