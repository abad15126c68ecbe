# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Your own environment
#
# Any Gymnasium environment does. This one is written here, in the notebook: a light that one steers left and right on a
# line, and that pays for being in the middle.

# %%
import gymnasium as gym
import numpy as np
from gymnasium import spaces


class Light(gym.Env):
    """A light on a line of 16 places."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}

    def __init__(self, render_mode="rgb_array"):
        self.render_mode = render_mode
        self.observation_space = spaces.Discrete(16)
        self.action_space = spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.place = int(self.np_random.integers(16))
        return self.place, {}

    def step(self, action):
        self.place = int(np.clip(self.place + (1 if action else -1), 0, 15))
        return self.place, float(self.place in (7, 8)), False, False, {}

    def render(self):
        frame = np.zeros((32, 32, 3), np.uint8)
        frame[12:20, 2 * self.place : 2 * self.place + 4] = (250, 200, 70)
        return frame


gym.register("Light-v0", Light, max_episode_steps=20)

# %% [markdown]
# ## Say how it becomes frames
#
# It observes a number, so the model sees what it renders.

# %%
from worldmodels import World
from worldmodels.data import record

world = World("Light-v0", frame="render", size=(32, 32))
store = record(world, None, episodes=200, path="data/light", seed=0)

# %% [markdown]
# ## Train
#
# A head learns the reward: that is what makes the model an environment.

# %%
import torch

import worldmodels
from worldmodels.training import TrainConfig, TrainerConfig, train

torch.manual_seed(0)
model = worldmodels.create("srvp", store.spec, preset="reach")
worldmodels.attach_heads(model, {"reward": worldmodels.HeadConfig("reward", weight=50.0)})
config = TrainConfig(steps=2000, batch_size=16, trainer=TrainerConfig(accelerator="cpu"))
run = train(model, store, "runs/light", config)

# %% [markdown]
# ## Step it
#
# Imagined episodes begin in recordings, and go on without the environment.

# %%
imagined = gym.make("worldmodels/Imagined-v0", checkpoint=run, starts=store.folder, horizon=20)
frame, _ = imagined.reset(seed=0)
total, ended = 0.0, False
while not ended:
    frame, reward, terminated, truncated, _ = imagined.step(imagined.action_space.sample())
    total, ended = total + float(reward), terminated or truncated
print(f"an imagined return of {total:.2f}")

# %% [markdown]
# ## Plan in it

# %%
from worldmodels.rewards import HeadReward
from worldmodels_agents.measure import measure
from worldmodels_agents.objective import Objective
from worldmodels_agents.planners import CEM
from worldmodels_agents.policy import RandomPolicy

planner = CEM(worldmodels.load(run), Objective(HeadReward("reward")), horizon=8, samples=64, seed=0)
for name, policy in {"random": RandomPolicy(store.spec.action_space, 0), "planner": planner}.items():
    results = measure(policy, world.make_vec(2), episodes=20, seed=1)
    print(f"{name}: {results.mean}")
