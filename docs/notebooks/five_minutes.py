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
# # Five minutes
#
# Record an environment, train a world model on its video, look at what it imagines, plan in it, and measure the plan in
# the real environment. It needs `worldmodels-core`, `worldmodels-envs`, `worldmodels-agents` and `worldmodels-srvp`.

# %% [markdown]
# ## Record
#
# In `RandomWalkReach` an agent moves the red ball to the white square, among balls that walk at random. `None` acts at
# random; `signals` keeps the distance to the goal, so that a head can learn it.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

import worldmodels
from worldmodels.data import record
from worldmodels.worlds import World

world = World.named("reach")
store = record(world, None, episodes=850, path="data/reach", seed=0, signals=("distance",))
print(store.spec)

# %%
episode = store[int(np.argmax(store.steps))]
figure, axes = plt.subplots(1, 6, figsize=(12, 2))
for axis, frame in zip(axes, episode.frames, strict=False):
    axis.imshow(frame)
    axis.set_axis_off()

# %% [markdown]
# ## Train
#
# SRVP at a small size, with a head for the distance and one for the episode's end. 4000 steps take four minutes on one
# core; stopped and started again, the training goes on where it was.

# %%
from worldmodels.training import TrainConfig, TrainerConfig, train

torch.manual_seed(0)
model = worldmodels.create("srvp", store.spec, preset="reach")
heads = {
    "distance": worldmodels.HeadConfig("distance", weight=500.0, unit=3.0),
    "terminated": worldmodels.HeadConfig("terminated", weight=50.0, loss="bce"),
}
worldmodels.attach_heads(model, heads)
config = TrainConfig(steps=4000, batch_size=16, trainer=TrainerConfig(accelerator="cpu"))
run = train(model, store, "runs/reach", config)

# %% [markdown]
# ## Look
#
# The model sees two frames and the actions that follow, and imagines what they lead to. Nothing is rendered until
# `render` is called.

# %%
from worldmodels.data.frames import to_float

frames = to_float(episode.frames[None, :7])
actions = model.codec.encode(episode.actions[None, :6])
belief = model.observe(frames[:, :2], actions[:, :1])
imagined = model.render(model.imagine(belief, actions[:, 1:]))

figure, rows = plt.subplots(2, 5, figsize=(10, 4))
for time in range(5):
    for row, video in zip(rows, (frames[0, 2:], imagined[0]), strict=True):
        row[time].imshow(video[time].permute(1, 2, 0).numpy())
        row[time].set_axis_off()
rows[0, 0].set_title("real")
rows[1, 0].set_title("imagined")

# %% [markdown]
# ## Plan
#
# CEM imagines 64 plans for each step and takes the best one's first action, in the real environment.

# %%
from worldmodels.rewards import HeadReward
from worldmodels_agents.measure import measure
from worldmodels_agents.objective import Objective
from worldmodels_agents.planners import CEM

planner = CEM(worldmodels.load(run), Objective(HeadReward("distance", scale=-1.0)), horizon=8, samples=64, seed=0)
results = measure(planner, world.make_vec(4), episodes=50, seed=1)
print(f"reached in {np.mean(results.successes):.0%} of the episodes")

# %% [markdown]
# ## Go on
#
# `worldmodels play runs/reach` opens a page in which you move the ball yourself. Next: your own environment, and your
# own model.
