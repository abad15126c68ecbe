"""Imagined environments whose actions are modules."""

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as check_for_sb3

from tests.imagined.conftest import SIZE, make_model
from worldmodels.abilities import ModuleControl
from worldmodels.errors import InputError
from worldmodels.imagined import ImaginedModulesVectorEnv, ModuleWorld
from worldmodels.imagined.modules import ModuleWorldConfig
from worldmodels.registration import IMAGINED_MODULES
from worldmodels.rollout import pack
from worldmodels.spec import WorldSpec
from worldmodels.testing.toy import Toy, ToyConfig


class Ruled(ModuleControl, Toy):
    """Three slots of two numbers each, which two modules lower or raise by one; a slot left alone stays."""

    slot_count, module_count = 3, 2

    def _do_all(self, belief, modules, noise):
        moves = torch.where(modules < 0, 0, 2 * modules - 1).repeat_interleave(2, 1)
        return pack({"state": belief["state"] + moves}, belief.batch_size)


@pytest.fixture
def ruled():
    torch.manual_seed(0)
    return Ruled(WorldSpec((3, SIZE, SIZE)), ToyConfig(state=6, hidden=16)).eval()


@pytest.mark.parametrize("slot", [None, 1])
def test_checkers_pass(ruled, frames, slot):
    settings = {"starts": frames, "reward": reward, "termination": None, "render_mode": "rgb_array"}
    env = gymnasium.make(IMAGINED_MODULES, checkpoint=ruled, slot=slot, **settings)
    assert env.action_space == (spaces.MultiDiscrete([2, 2, 2]) if slot is None else spaces.Discrete(2))
    check_env(env.unwrapped)
    check_for_sb3(env.unwrapped, skip_render_check=False)


def reward(transitions):
    return transitions.features[..., 0]


def test_an_action_names_the_module_of_each_slot(ruled, frames):
    envs = gymnasium.make_vec(
        IMAGINED_MODULES, checkpoint=ruled, starts=frames, num_envs=2, reward=reward, observation="features"
    )
    assert isinstance(envs.unwrapped, ImaginedModulesVectorEnv)
    before, _ = envs.reset(seed=0)
    after, *_ = envs.step(np.array([[0, 1, 1], [1, 0, 0]]))
    moves = np.array([[-1, -1, 1, 1, 1, 1], [1, 1, -1, -1, -1, -1]])
    np.testing.assert_allclose(after - before, moves, atol=1e-6)


def test_one_slot_moves_and_the_others_go_their_own_way(ruled):
    world = ModuleWorld(ruled, ModuleWorldConfig(slot=2))
    belief = pack({"state": torch.zeros(2, 6)}, (2,))
    after = world.step(belief, world.codec.encode(np.array([0, 1])))
    assert after["state"].tolist() == [[0, 0, 0, 0, -1, -1], [0, 0, 0, 0, 1, 1]]


def test_observing_knows_no_actions(ruled):
    world, video = ModuleWorld(ruled), torch.rand(2, 4, 3, SIZE, SIZE)
    actions = world.codec.encode(np.zeros((2, 3, 3), np.int64))
    assert torch.equal(world.observe(video, actions)["state"], ruled.observe(video)["state"])


def test_others_are_refused(ruled):
    with pytest.raises(InputError, match="needs the ability ModuleControl"):
        ModuleWorld(make_model(None))
    with pytest.raises(InputError, match="slots 0 to 2"):
        ModuleWorld(ruled, ModuleWorldConfig(slot=3))
    acting = Ruled(WorldSpec((3, SIZE, SIZE), spaces.Discrete(2)), ToyConfig(state=6, hidden=16))
    with pytest.raises(InputError, match="action space of its own"):
        ModuleWorld(acting)
