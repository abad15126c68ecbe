import math

import pytest
import torch

from worldmodels_videoflow.cells import Cells

KINDS = ["uniform", "gaussian"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("levels", [256, 32, 2])
def test_numbers_stay_in_their_cell_and_come_back(kind, levels):
    cells = Cells(levels, kind)
    frames = (torch.arange(256.0) / 255).expand(64, 256)
    x, _ = cells.fill(frames, torch.rand(64, 256))
    expected = torch.arange(256).mul(levels).div(256, rounding_mode="floor")
    assert torch.equal(((x + 0.5) * levels).floor().clamp(max=levels - 1).long(), expected.expand(64, 256))
    back = cells.frames(cells.centres(frames))
    assert (back - expected / (levels - 1)).abs().max() < 1e-5
    if levels == 256:
        assert (back - frames).abs().max() < 1e-5 and (cells.frames(x) - frames).abs().max() < 1 / 255


@pytest.mark.parametrize("kind", KINDS)
def test_the_log_determinant_is_the_jacobians(kind):
    cells, frames = Cells(8, kind), torch.tensor([[0.0, 0.5, 1.0]])
    uniform = torch.tensor([[0.01, 0.4, 0.97]], dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda u: cells.fill(frames.double(), u)[0][0], uniform)[:, 0]
    assert abs(torch.linalg.slogdet(jacobian)[1] - cells.fill(frames.double(), uniform)[1]) < 1e-6


@torch.no_grad()
def test_what_a_gaussian_pays_for_the_noise():
    """0.254 bits a number at uniform noise, as a Gaussian's entropy exceeds a uniform's; next to nothing if warped."""
    bits = {}
    for kind in KINDS:
        x, log_det = Cells(256, kind).fill(torch.full((1, 100_000), 128 / 255), torch.rand(1, 100_000).double())
        best = torch.distributions.Normal(x.mean(), x.std())
        bits[kind] = -(best.log_prob(x).sum() + log_det.sum()).item() / 100_000 / math.log(2)
    assert abs(bits["uniform"] - 0.2546) < 0.005 and abs(bits["gaussian"]) < 0.01
