"""The networks, and the benchmark's losses, against the reference implementation."""

import pytest
import torch

from worldmodels.batch import Batch
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_cvg import benchmark
from worldmodels_cvg.config import LevelConfig
from worldmodels_cvg.critic import Views
from worldmodels_cvg.layers import Condition, ConditionalNorm
from worldmodels_cvg.model import CVG
from worldmodels_cvg.plain import Plain

_SIZES = {"channels": 4, "units": (2, 1), "critic_channels": 4, "critic_blocks": (1, 2, 2), "frames": 2}


@pytest.fixture(params=[1, 2], ids=["rate 1", "rate 2"])
def model(request):
    torch.manual_seed(0)
    levels = LevelConfig(**_SIZES, statistics="time", shrink=2), LevelConfig(**_SIZES, rate=request.param, window=None)
    config = {"levels": levels, "noise": 4, "encoder": 4}
    made = build(CVG, WorldSpec((3, 16, 16)), None, config).double().eval()
    for buffer in filter(torch.is_floating_point, made.buffers()):
        buffer.add_(0.1 * torch.rand_like(buffer))
    return made


def _condition(time):
    drawn = torch.randn(3, 1, 4, dtype=torch.double).expand(-1, time, -1)
    return Condition(drawn, torch.arange(1, time + 1).expand(3, -1))


def _train_norms(module, training):
    """Only norms: in training every use of a weight would be another power iteration."""
    for part in module.modules():
        if isinstance(part, ConditionalNorm):
            part.training = training


@pytest.mark.parametrize("training", [False, True])
def test_outline(model, training):
    _train_norms(model, training)
    states = [torch.randn(3, n, 4 * 2**i, 4 * 2**i, dtype=torch.double) for i, n in enumerate(model.outline.widths)]
    condition = _condition(4)
    frames = model.outline.frames(model.outline(states, condition)[-1], condition)
    torch.testing.assert_close(frames, Plain().outline(model.outline, states, condition))


@pytest.mark.parametrize("training", [False, True])
def test_upsampler(model, training):
    _train_norms(model, training)
    level = model.generators[1]
    below, condition = torch.randn(3, 2, 3, 8, 8, dtype=torch.double), _condition(2 * level.rate)
    torch.testing.assert_close(level(below, condition), Plain().upsample(level, below, condition))


@pytest.mark.parametrize("number", [0, 1])
def test_critics(model, number):
    critics, side = model.critics[number], 8 * (number + 1)
    time = 4 * critics.rate if number else 4
    frames, label = torch.randn(3, time, 3, side, side).double(), torch.zeros(3, 0).double()
    if number == 0:
        views = Views(frames, label, torch.randn(3, 2, 3, 8, 8).double(), torch.randn(3, 6, 0).double())
    else:
        views = Views(frames, label, below=torch.randn(3, 4, 3, 8, 8).double())
    chosen = critics.choose(3, time, torch.device("cpu"))
    torch.testing.assert_close(critics(views, chosen), Plain().judge(critics, views, chosen))


@pytest.mark.parametrize("turn", ["critic1", "generator1", "critic2", "generator2"])
def test_the_benchmark_compares_the_same_losses(model, turn, monkeypatch):
    batch, number = Batch(torch.rand(2, 8, 3, 16, 16).double()), int(turn[-1]) - 1
    # Both draw in another order, so nothing is drawn.
    monkeypatch.setattr(torch, "randn", lambda *shape, **_: torch.zeros(*shape[:3], dtype=torch.double))
    monkeypatch.setattr("worldmodels.noise.Noise.standard", lambda self, shape, like: like.new_zeros(shape))
    losses = []
    for loss in (
        lambda: benchmark._plain(model, batch, number, turn),
        lambda: model.losses(batch, Moment.at(0.0, f"level{number + 1}", turn))["total"],
    ):
        torch.manual_seed(0)
        losses.append(loss())
    torch.testing.assert_close(*losses)
