import copy

import pytest
import torch

from worldmodels.spec import WorldSpec
from worldmodels.training.config import OptimizerConfig
from worldmodels.training.optimizer import make_optimizer
from worldmodels_videoflow.config import VideoFlowConfig
from worldmodels_videoflow.kept import kept
from worldmodels_videoflow.model import VideoFlow

CONFIG = VideoFlowConfig(levels=2, steps=2, width=8, blocks=1, prior_width=8, dilations=(1,))


@pytest.fixture
def model():
    torch.manual_seed(0)
    made = VideoFlow(WorldSpec((3, 8, 8), None), CONFIG).eval()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return made


def both(model, frames):
    """Latents and frames of the flow where weights are kept, and where everything is computed anew."""
    with torch.no_grad():
        latents = model.flow(frames)
        fast = [*latents.levels, latents.log_det, model.flow.inverse(latents.levels)]
    with torch.enable_grad():
        latents = model.flow(frames)
        slow = [*latents.levels, latents.log_det, model.flow.inverse(latents.levels)]
    return fast, slow


def change(model, how):
    match how:
        case "a training step":
            optimizer = make_optimizer(model, OptimizerConfig(lr=0.05))
            latents = model.flow(torch.rand(2, 3, 8, 8))
            (latents.log_det.mean() + sum(level.square().mean() for level in latents.levels)).backward()
            optimizer.step()
        case "loading":
            other = VideoFlow(WorldSpec((3, 8, 8), None), CONFIG)
            model.load_state_dict(other.state_dict())
        case "fitting":
            with torch.no_grad():
                for norm in (part for part in model.modules() if hasattr(part, "fitting")):
                    norm.fit(torch.randn(4, len(norm.bias), 3, 3))
        case "a new parameter":
            step = model.flow.levels[0].steps[0]
            step.mixing.lower = torch.nn.Parameter(step.mixing.lower + 0.1)


@pytest.mark.parametrize("how", ["nothing", "a training step", "loading", "fitting", "a new parameter"])
def test_what_is_kept_follows_the_weights(model, how):
    frames = torch.rand(1, 3, 8, 8) - 0.5
    before, _ = both(model, frames)
    change(model, how)
    fast, slow = both(model, frames)
    for kept_one, anew in zip(fast, slow, strict=True):
        torch.testing.assert_close(kept_one, anew, atol=1e-5, rtol=1e-4)
    assert torch.equal(before[0], fast[0]) == (how == "nothing")


def test_double_precision_and_copies_have_their_own(model):
    frames = torch.rand(1, 3, 8, 8) - 0.5
    both(model, frames)
    other = copy.deepcopy(model).double()
    fast, slow = both(other, frames.double())
    assert all(part.dtype == torch.float64 for part in fast)
    torch.testing.assert_close(fast, [part.detach() for part in slow], atol=1e-12, rtol=1e-9)


def test_things_are_made_once_and_are_no_state(model):
    made = []
    weights = (model.flow.levels[0].steps[0].norm.bias,)
    with torch.no_grad():
        for _ in range(3):
            kept(model, "thing", weights, lambda: made.append(1) or 1)
    assert made == [1] and not any("kept" in name for name in model.state_dict())
    kept(model, "thing", weights, lambda: made.append(1) or 1)  # gradients have to reach the weights
    assert made == [1, 1]
