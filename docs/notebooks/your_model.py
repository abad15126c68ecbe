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
# # Your own model
#
# A world model is one class with five methods. Here it is written in the notebook and examined; `worldmodels new NAME`
# writes the package around it, so that `worldmodels train`, environments and planners find it.

# %%
from dataclasses import dataclass

import torch
from torch import nn

from worldmodels import WorldModel
from worldmodels.rollout import Rollout, pack


@dataclass(frozen=True)
class GlideConfig:
    """Sizes.

    Attributes:
        state: Numbers of a belief.
        hidden: Width of the networks.
    """

    state: int = 16
    hidden: int = 64


def layers(inputs, hidden, outputs):
    """A network with one hidden layer."""
    return nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, outputs))


class Glide(WorldModel):
    """A belief is a vector; a network moves it by the action, and another paints it."""

    Config = GlideConfig
    presets = {"tiny": {"state": 4, "hidden": 8}}
    varying = ("state",)

    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        c, pixels = self.config, torch.Size(spec.frame_shape).numel()
        self.look = nn.Sequential(nn.Flatten(2), *layers(pixels, c.hidden, c.state))
        self.move = layers(c.state + self.codec.dim, c.hidden, c.state)
        self.paint = nn.Sequential(*layers(c.state, c.hidden, pixels), nn.Sigmoid())
        self.feature_dim = c.state

    def losses(self, batch, moment):
        """Frames painted from what was seen, and from what was imagined one step before."""
        states = self.look(batch.frames)
        moved = states[:, :-1] + self._by(states[:, :-1], batch.actions)
        seen = (self._painted(states) - batch.frames).square().mean()
        imagined = (self._painted(moved) - batch.frames[:, 1:]).square().mean()
        return {"seen": seen, "imagined": imagined, "total": seen + imagined}

    def _observe(self, frames, actions, belief, noise):
        states = self.look(frames)
        batch, time = states.shape[:2]
        last = pack({"state": states[:, -1]}, (batch,))
        return Rollout(pack({"state": states}, (batch, time)), last, pack({}, (batch,)))

    def _step(self, belief, action, noise):
        state = belief["state"]
        return pack({"state": state + self._by(state, action)}, belief.batch_size)

    def _render(self, beliefs, constant):
        return self._painted(beliefs["state"])

    def _features(self, beliefs, constant):
        return beliefs["state"]

    def _by(self, states, actions):
        return self.move(states if actions is None else torch.cat([states, actions], -1))

    def _painted(self, states):
        return self.paint(states).unflatten(-1, self.spec.frame_shape)


# %% [markdown]
# ## Check it
#
# Each check is one line of the contract, tried in several kinds of world; `worldmodels check NAME` runs all of them.

# %%
from worldmodels.testing.verdict import examine
from worldmodels.testing.worlds import case_for

CHECKS = ["observe_is_causal", "imagine_is_repeated_step"]
findings = examine({kind: case_for(Glide, kind) for kind in ("discrete", "continuous")}, CHECKS)
print([finding.found for finding in findings if finding.found] or "nothing found")

# %% [markdown]
# A model that looks at the whole clip before it says what it believes of the first frame would know the future. The
# check finds that:


# %%
class Centred(Glide):
    """Takes the clip's mean off each frame."""

    def _observe(self, frames, actions, belief, noise):
        return super()._observe(frames - frames.mean(1, keepdim=True), actions, belief, noise)


(finding,) = examine({"discrete": case_for(Centred, "discrete")}, ["observe_is_causal"])
print(finding.found)

# %% [markdown]
# ## Train it
#
# A plugin is trained by `worldmodels train model=glide`. Without a package, its losses are a function like any other:

# %%
from gymnasium.spaces import Discrete

from worldmodels.batch import Batch
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment

torch.manual_seed(0)
model = Glide(WorldSpec((3, 16, 16), Discrete(2)))
places = torch.randint(4, 12, (64, 1)) + torch.tensor([[-1, 0, 1]])
frames = torch.zeros(64, 3, 3, 16, 16)
for time in range(3):
    frames[torch.arange(64), time, :, 7, places[:, time]] = 1.0
batch = Batch(frames, model.codec.encode(torch.ones(64, 2, dtype=torch.long).numpy()))


def fit(model, batch, steps):
    """Minimise the losses of one batch."""
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for step in range(steps):
        loss = model.losses(batch, Moment.at(step / steps))["total"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


print(f"squared errors of {fit(model, batch, steps=300):.4f}")

# %% [markdown]
# ## Make it a package
#
# `worldmodels new glide` writes one whose class is found by its entry point:
#
# ```toml
# [project.entry-points."worldmodels.models"]
# glide = "worldmodels_glide.model:Glide"
# ```
#
# Install it, and `worldmodels check glide` runs all checks.
