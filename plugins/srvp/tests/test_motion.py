"""Halved frame intervals and states in between, on a linear motion that is learned in a few seconds."""

from typing import Any

import pytest
import torch
from torch import Tensor

from worldmodels.batch import Batch
from worldmodels.evaluation.prediction import evaluate_prediction
from worldmodels.evaluation.predictors import copy_last
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_srvp import SRVP

SIZE, CONTEXT, HORIZON = 16, 3, 6
SETTINGS = {
    "filters": 16,
    "encoding": 32,
    "state": 8,
    "latent": 2,
    "content": 0,
    "inference_frames": CONTEXT,
    "inference_hidden": 64,
    "dynamics_hidden": 64,
    "dynamics_layers": 2,
    "likelihood": "gaussian",
    "std": 0.1,
    "short_starts": 0.0,
}


def spots(videos: int, frames: int) -> Tensor:
    """Videos of one spot each, at a constant velocity of up to 0.7 px a frame along x and y."""
    start, velocity = 6 + 3 * torch.rand(videos, 1, 2), 1.4 * torch.rand(videos, 1, 2) - 0.7
    along = (start + velocity * torch.arange(frames).unsqueeze(1)).unsqueeze(-1) - torch.arange(SIZE)
    x, y = (-0.5 * (along / 1.3).square()).exp().unbind(2)
    return (y.unsqueeze(-1) * x.unsqueeze(-2)).unsqueeze(2)


def centres(video: Tensor) -> Tensor:
    """Where the spots are (videos, frames, 2), px."""
    light = (video.squeeze(2) - 0.05).clamp_min(0)
    cells = torch.arange(float(SIZE))
    weighted = torch.stack([(light.sum(2) * cells).sum(-1), (light.sum(3) * cells).sum(-1)], -1)
    return weighted / light.sum((2, 3)).unsqueeze(-1)


@pytest.fixture(scope="module")
def model() -> SRVP:
    torch.manual_seed(0)
    model = build(SRVP, WorldSpec((1, SIZE, SIZE)), None, SETTINGS)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, 350)
    for _ in range(350):
        optimizer.zero_grad()
        model.losses(Batch(spots(32, 8)), Moment.at(1.0))["total"].backward()
        optimizer.step()
        schedule.step()
    assert isinstance(model, SRVP)
    return model.eval()


def video(model: SRVP, seen: Tensor, horizon: int, dt: float = 1.0) -> Tensor:
    """Imagined frames every `dt` of a trained frame interval."""
    times = torch.arange(1, round(horizon / dt) + 1) * dt
    return model.render(
        model.imagine_at(model.observe(seen, temperature=0), times.expand(len(seen), -1), temperature=0)
    )


def test_halved_euler_steps_predict_as_well(model: SRVP, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(1)
    clips = Batch(spots(128, CONTEXT + HORIZON))

    def halved(seen: Tensor, actions: Any, horizon: int, generator: Any) -> Tensor:
        with monkeypatch.context() as patch:
            patch.setattr(model.dynamics, "steps", 2 * model.dynamics.steps)
            return video(model, seen, horizon)

    predictors = {
        "whole": lambda seen, actions, horizon, generator: video(model, seen, horizon),
        "half": halved,
        "copied": copy_last,
    }
    psnr = {
        name: evaluate_prediction(predict, clips, context=CONTEXT, horizon=HORIZON, samples=1, metrics=["psnr"])
        .scores["psnr"]
        .estimate
        for name, predict in predictors.items()
    }
    assert abs(psnr["half"].mean - psnr["whole"].mean) < psnr["whole"].high - psnr["whole"].mean
    assert psnr["half"].low > psnr["copied"].mean + 2


def test_halved_intervals_give_twice_the_frames_and_a_smooth_motion(model: SRVP) -> None:
    torch.manual_seed(1)
    path = centres(video(model, spots(128, CONTEXT), HORIZON, 0.5))
    assert path.shape == (128, 2 * HORIZON, 2)
    steps = path.diff(dim=1)
    length = steps.norm(dim=-1)
    assert length.mean() > 0.15
    # Every step, into an old frame or into a new one between two, is about as long and goes the same way.
    assert steps.diff(dim=1).norm(dim=-1).mean() < 0.2 * length.mean()
    assert abs(length[:, ::2].mean() / length[:, 1::2].mean() - 1) < 0.1


def test_between_two_states_lies_the_motion_between(model: SRVP) -> None:
    torch.manual_seed(2)
    one, other = (model.observe(spots(128, CONTEXT), temperature=0) for _ in range(2))

    def path(share: float) -> Tensor:
        belief = model.interpolate(one, other, share)
        return centres(model.render(model.imagine(belief, horizon=HORIZON, temperature=0)))

    ends = [centres(model.render(model.imagine(end, horizon=HORIZON, temperature=0))) for end in (one, other)]
    torch.testing.assert_close([path(0.0), path(1.0)], ends)
    apart, away = (ends[0] - ends[1]).norm(dim=-1), (path(0.5) - (ends[0] + ends[1]) / 2).norm(dim=-1)
    assert away.mean() < 0.15 * apart.mean()
