import subprocess
import sys

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env, data_equivalence
from gymnasium.vector import SyncVectorEnv
from stable_baselines3.common.env_checker import check_env as check_for_sb3

import worldmodels
from tests.imagined.conftest import SIZE, make_model
from worldmodels.checkpoints import save
from worldmodels.imagined import Disagreement, ImaginedEnv, ImaginedVectorEnv
from worldmodels.registration import IMAGINED, register_envs
from worldmodels.testing.plugins import install

KINDS = ["frames", "features", "both"]
SPACES = [gymnasium.spaces.Box(-1, 1, (2,)), gymnasium.spaces.Discrete(3), None]


@pytest.fixture
def checkpoint(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(install(tmp_path / "site", "counting", "tests.imagined.conftest:Counting")))
    return save(make_model(), tmp_path / "checkpoint")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("space", SPACES, ids=str)
def test_both_checkers_pass_without_a_warning(frames, kind, space):
    env = gymnasium.make(
        IMAGINED,
        checkpoint=make_model(space, std=0.1),
        starts=frames,
        observation=kind,
        render_mode="rgb_array",
        disagreement=2,
    )
    check_env(env.unwrapped)
    check_for_sb3(env.unwrapped, skip_render_check=False)


def test_both_ids_work_with_a_checkpoint(checkpoint, frames):
    env = gymnasium.make(IMAGINED, checkpoint=checkpoint, starts=frames)
    assert isinstance(env.unwrapped, ImaginedEnv)
    assert env.reset(seed=0)[0].shape == (SIZE, SIZE, 3)
    envs = gymnasium.make_vec(IMAGINED, checkpoint=str(checkpoint), starts=frames, num_envs=7, observation="features")
    assert isinstance(envs, ImaginedVectorEnv) and envs.num_envs == 7
    assert envs.reset(seed=0)[0].shape == (7, 6)
    sync = gymnasium.make_vec(IMAGINED, checkpoint=checkpoint, starts=frames, num_envs=2, vectorization_mode="sync")
    assert isinstance(sync, SyncVectorEnv)


def test_registering_twice_warns_not(recwarn):
    spec = gymnasium.spec(IMAGINED)
    register_envs()
    assert gymnasium.spec(IMAGINED) is spec and not recwarn.list


def test_the_import_that_registers_is_light():
    code = (
        "import sys, gymnasium, worldmodels; gymnasium.spec('worldmodels/Imagined-v0'); print('torch' in sys.modules)"
    )
    assert worldmodels.__version__
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_it_is_the_case_of_one(noisy, frames):
    settings = {"starts": frames, "observation": "both", "horizon": 4, "disagreement": Disagreement(2)}
    one, many = ImaginedEnv(noisy, **settings), ImaginedVectorEnv(noisy, 1, autoreset_mode="SameStep", **settings)
    assert np.array_equal(one.reset(seed=5)[0]["features"], many.reset(seed=5)[0]["features"][0])
    for step in range(4):
        action = one.action_space.sample()
        observation, reward, terminated, truncated, info = one.step(action)
        batched, rewards, *_, infos = many.step(action[None])
        last = step == 3
        expected = infos["final_obs"][0] if last else {name: part[0] for name, part in batched.items()}
        assert data_equivalence(observation, expected, exact=True)
        assert (type(reward), terminated, truncated) == (float, False, last) and reward == rewards[0]
        assert info["disagreement"] == (infos["final_info"] if last else infos)["disagreement"][0]


def test_a_branch_of_one(noisy, frames):
    env = ImaginedEnv(noisy, starts=frames, observation="features")
    env.reset(seed=1)
    state, action = env.save_state(), env.action_space.sample()
    first = env.step(action)
    env.restore_state(state)
    assert data_equivalence(first, env.step(action), exact=True)


def test_rendering_is_asked_for(model, frames):
    env = ImaginedEnv(model, starts=frames, observation="features", render_mode="rgb_array")
    env.reset(seed=0)
    env.step(env.action_space.sample())
    assert model.calls["_render"] == 0
    frame = env.render()
    assert frame.shape == (SIZE, SIZE, 3) and frame.dtype == np.uint8 and model.calls["_render"] == 1
    assert ImaginedEnv(model, starts=frames).render() is None


def test_np_random_is_the_one_in_use(model, frames):
    env = ImaginedEnv(model, starts=frames)
    env.reset(seed=4)
    assert env.np_random_seed == 4 and env.np_random is env._vector.np_random
