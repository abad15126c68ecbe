"""TorchRL in imagination: a batched environment of one model call a step.

python examples/torchrl_env.py runs/reach
"""

import sys

import gymnasium as gym
from torchrl.envs import GymWrapper
from torchrl.envs.utils import check_env_specs

import worldmodels  # noqa: F401 - registers worldmodels/Imagined-v0
from worldmodels.rewards import HeadReward


def make(checkpoint: str, number: int = 8, **settings) -> GymWrapper:
    """Imagined environments as one TorchRL environment of batch size (number,)."""
    settings.setdefault("reward", HeadReward("distance", -0.02))
    envs = gym.make_vec(
        "worldmodels/Imagined-v0",
        num_envs=number,
        checkpoint=checkpoint,
        observation="features",
        autoreset_mode="SameStep",
        **settings,
    )
    return GymWrapper(envs)


if __name__ == "__main__":
    environment = make(sys.argv[1])
    check_env_specs(environment)
    print(environment.rollout(20))
