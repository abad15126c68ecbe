"""What holds for the data sets of every world."""

import gymnasium
import numpy as np
import pytest

import worldmodels_envs  # noqa: F401
from worldmodels_envs.dice import DiceEnv, DiceSimulator
from worldmodels_envs.moving_digits import MovingDigitsEnv, MovingDigitsSimulator
from worldmodels_envs.moving_shapes import MovingShapesEnv, MovingShapesSimulator
from worldmodels_envs.narratives import NarrativesEnv, NarrativesSimulator
from worldmodels_envs.pendulum import PendulumEnv, PendulumSimulator
from worldmodels_envs.random_walk import RandomWalkEnv, RandomWalkReachEnv, RandomWalkSimulator
from worldmodels_envs.simulator import BATCH, Simulator

SIMULATORS = [
    RandomWalkSimulator,
    MovingDigitsSimulator,
    MovingShapesSimulator,
    NarrativesSimulator,
    PendulumSimulator,
    DiceSimulator,
]
ENVIRONMENTS = [RandomWalkEnv, MovingDigitsEnv, MovingShapesEnv, NarrativesEnv, PendulumEnv, DiceEnv]


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_a_video_is_what_stepping_and_looking_shows(simulator):
    for name in simulator.variants:
        rolled = simulator.make(5, name).roll(np.random.default_rng(3), 4, slice(1, 4))
        stepped = Simulator.roll(simulator.make(5, name), np.random.default_rng(3), 4, slice(1, 4))
        assert rolled.keys() == stepped.keys()
        for key, values in stepped.items():
            assert rolled[key].dtype == values.dtype and np.array_equal(rolled[key], values), (name, key)


@pytest.mark.parametrize("simulator", SIMULATORS)
def test_a_videos_bytes_depend_on_the_seed_and_its_number_alone(simulator):
    many = BATCH + 10
    whole, again, other = (simulator.generate(videos=many, length=3, seed=seed) for seed in (3, 3, 4))
    fewer = simulator.generate(videos=5, length=3, seed=3)
    assert len(whole["frames"]) == many
    for name, values in whole.items():
        assert values.tobytes() == again[name].tobytes()
        assert (fewer[name] == values[:5]).all()
    assert (other["frames"] != whole["frames"]).any()
    assert (whole["frames"][:10] != whole["frames"][BATCH:]).any()


@pytest.mark.parametrize("simulator", SIMULATORS)
@pytest.mark.parametrize("start", [0, 5, BATCH - 1, BATCH, BATCH + 7])
def test_batches_go_on_from_any_video(simulator, start):
    videos = 2 * BATCH + 3
    whole = simulator.generate(videos=videos, length=2, seed=1)
    batches = list(simulator.batches(videos=videos - start, length=2, seed=1, start=start))
    assert all(len(batch["frames"]) <= BATCH for batch in batches)
    for name, values in whole.items():
        assert (np.concatenate([batch[name] for batch in batches]) == values[start:]).all()


@pytest.mark.parametrize("bad", [{"videos": 0}, {"length": 0}, {"seed": -1}, {"start": -1}])
def test_numbers_out_of_range_are_refused_before_the_first_batch(bad):
    with pytest.raises(ValueError, match=f"{next(iter(bad))} is"):
        RandomWalkSimulator.batches(**{"videos": 1, "length": 2, **bad})


def test_unknown_options_are_refused_with_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'balls'"):
        RandomWalkSimulator.generate("atomic", ball=2)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_environments_make_batches_of_their_own_configuration(environment):
    env = environment(size=32)
    batch = next(env.batches(3, 4, seed=5))
    frame, info = env.reset(seed=0)
    assert batch["frames"].shape == (3, 4, *frame.shape)
    assert {name: batch[name].shape[2:] for name in batch.keys() & info.keys()} == {
        name: np.shape(value) for name, value in info.items() if name != "masks"
    }
    rest = next(env.batches(2, 4, seed=5, start=1))
    assert all((rest[name] == values[1:]).all() for name, values in batch.items())


def test_masks_are_made_where_they_are_asked_for():
    env = RandomWalkEnv()
    assert "masks" not in next(env.batches(1, 2, seed=0))
    assert next(env.batches(1, 2, seed=0, signals=["masks"]))["masks"].shape == (1, 2, 3, 32, 32)


def test_only_action_free_worlds_make_batches():
    assert not hasattr(RandomWalkReachEnv(), "batches")
    assert gymnasium.make("worldmodels/RandomWalk-v0").unwrapped.action_space.n == 1
