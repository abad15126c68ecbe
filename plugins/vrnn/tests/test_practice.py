"""Episodes that a model steers are whole, and are trained on."""

import numpy as np
import pytest
import torch
from gymnasium.spaces import Discrete

from worldmodels.checkpoint import attach_heads
from worldmodels.heads import HeadConfig
from worldmodels.registry import build
from worldmodels.spec import WorldSpec
from worldmodels_vrnn import VRNN
from worldmodels_vrnn.practice import gather

pytest.importorskip("worldmodels_envs.random_walk")


def test_gathered_episodes():
    torch.manual_seed(0)
    model = build(VRNN, WorldSpec((3, 32, 32), Discrete(4)), None, {"width": 4, "latents": (1,), "recurrent": (1,)})
    attach_heads(model.eval(), {"distance": HeadConfig("distance", hidden=4)})
    episodes = list(gather(model, environments=20, steps=30, seed=0))
    assert sum(episode.steps for episode in episodes) == 20 * 30
    for episode in episodes:
        assert episode.terminated[-1] != episode.truncated[-1]
        assert not episode.terminated[:-1].any() and not episode.truncated[:-1].any()
        distances = episode.signals["distance"]
        assert len(distances) == episode.steps + 1 == len(episode.frames)
        assert (distances[-1] <= 1) == episode.terminated[-1]
        assert set(np.abs(np.diff(distances))) <= {0.0, 3.0}
