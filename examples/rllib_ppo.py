"""RLlib's PPO in imagination: remote runners, each with a native vector environment of its own.

python examples/rllib_ppo.py runs/reach [ITERATIONS]
"""

import sys

import gymnasium as gym
import ray
from ray.rllib.algorithms.ppo import PPOConfig

import worldmodels  # noqa: F401 - registers worldmodels/Imagined-v0
from worldmodels.rewards import HeadReward


def configure(checkpoint: str, *, runners: int = 2, environments: int = 32, **settings) -> PPOConfig:
    """PPO over the features of imagined episodes; the agent is paid for coming nearer to the goal."""
    env = {"checkpoint": checkpoint, "observation": "features", "horizon": 20, **settings}
    env.setdefault("reward", HeadReward("distance", -0.02))
    return (
        PPOConfig()
        .environment("worldmodels/Imagined-v0", env_config=env)
        .env_runners(
            num_env_runners=runners,
            num_envs_per_env_runner=environments,
            gym_env_vectorize_mode=gym.VectorizeMode.VECTOR_ENTRY_POINT,
        )
        .training(train_batch_size_per_learner=2048, minibatch_size=256, num_epochs=4, lr=1e-3, gamma=0.95)
        .debugging(seed=0)
    )


if __name__ == "__main__":
    checkpoint, iterations = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 20
    ray.init(include_dashboard=False)  # or ray.init(address="auto") on a cluster
    algorithm = configure(checkpoint).build_algo()
    for _ in range(iterations):
        print(algorithm.train()["env_runners"]["episode_return_mean"])
    ray.shutdown()
