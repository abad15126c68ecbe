import gymnasium
import numpy as np
import pytest
import torch

from worldmodels.heads import HeadConfig, attach_heads
from worldmodels.spec import WorldSpec
from worldmodels.testing.toy import Toy, ToyConfig

SIZE = 36


class Counting(Toy):
    """The toy, counting its calls."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.calls = {"_step": 0, "_render": 0, "_features": 0, "_observe": 0}

    def _observe(self, *arguments):
        self.calls["_observe"] += 1
        return super()._observe(*arguments)

    def _step(self, *arguments):
        self.calls["_step"] += 1
        return super()._step(*arguments)

    def _render(self, *arguments):
        self.calls["_render"] += 1
        return super()._render(*arguments)

    def _features(self, *arguments):
        self.calls["_features"] += 1
        return super()._features(*arguments)


def make_model(action_space=gymnasium.spaces.Box(-1, 1, (2,)), std=0.0, heads=("reward",)):  # noqa: B008
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Counting(WorldSpec((3, SIZE, SIZE), action_space), ToyConfig(state=6, hidden=16, std=std)).eval()
        losses = {"reward": "mse", "terminated": "bce"}
        attach_heads(model, {name: HeadConfig(name, hidden=8, layers=1, loss=losses[name]) for name in heads})
    model.calls.update(dict.fromkeys(model.calls, 0))
    return model


@pytest.fixture
def model():
    return make_model()


@pytest.fixture
def noisy():
    return make_model(std=0.5)


@pytest.fixture
def frames():
    return np.random.default_rng(0).integers(0, 256, (10, 1, SIZE, SIZE, 3), dtype=np.uint8)
