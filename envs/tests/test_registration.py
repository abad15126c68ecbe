import subprocess
import sys
import warnings

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

import worldmodels_envs
from worldmodels_envs.registration import ENTRIES

IDS = ["worldmodels/RandomWalk-v0", "worldmodels/RandomWalkReach-v0"]


def test_registering_again_neither_warns_nor_replaces():
    before = {entry.id: gymnasium.spec(entry.id) for entry in ENTRIES}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        worldmodels_envs.register_envs()
    assert all(gymnasium.spec(name) is spec for name, spec in before.items())


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("mode", [None, "rgb_array"])
def test_gymnasium_checks_pass_without_warnings(name, mode):
    check_env(gymnasium.make(name, render_mode=mode).unwrapped)


@pytest.mark.parametrize("name", IDS)
def test_episodes_are_truncated_after_fifty_steps(name):
    env = gymnasium.make(name, balls=1, size=200, step=1)
    env.reset(seed=1)
    ends = [env.step(0)[2:4] for _ in range(50)]
    assert ends[-1] == (False, True)
    assert not any(terminated or truncated for terminated, truncated in ends[:-1])


@pytest.mark.parametrize("name", IDS)
def test_specs_make_the_same_environment_again(name):
    env = gymnasium.make(name, config="compositional", balls=2)
    again = gymnasium.make(gymnasium.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    assert (env.reset(seed=5)[0] == again.reset(seed=5)[0]).all()


def test_the_package_needs_no_torch_and_registers_on_import():
    code = (
        "import sys, gymnasium; gymnasium.make('worldmodels_envs:worldmodels/RandomWalk-v0').reset(); "
        "assert not {'torch', 'worldmodels'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
