import math

import pytest
import torch

from worldmodels_videoflow.cells import Cells

KINDS = ["uniform", "gaussian", "fitted"]


def few_colours(shape, seed=0):
    """Frames of three grey levels, of which the middle one is frequent."""
    draws = torch.rand(shape, generator=torch.Generator().manual_seed(seed))
    return torch.where(draws < 0.9, 128.0, torch.where(draws < 0.97, 0.0, 255.0)) / 255


def make(levels, kind):
    cells = Cells(levels, kind)
    cells.fit(few_colours((64, 1, 8, 8)))
    return cells


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("levels", [256, 32, 2])
def test_numbers_stay_in_their_cell_and_come_back(kind, levels):
    cells = make(levels, kind).double()
    frames = (torch.arange(256.0) / 255).expand(64, 256).double()
    x, _ = cells.fill(frames, torch.rand(64, 256).double())
    expected = torch.arange(256).mul(levels).div(256, rounding_mode="floor")
    assert (cells.edges[expected] <= x).all() and (x <= cells.edges[expected + 1]).all()
    assert -0.5 == cells.edges[0] and cells.edges[-1] == 0.5 and (cells.edges.diff() > 0).all()
    back = cells.frames(cells.centres(frames))
    assert (back - expected / (levels - 1)).abs().max() < 1e-5
    if levels == 256:
        assert (back - frames).abs().max() < 1e-5 and (cells.frames(x) - frames).abs().max() < 1 / 255


def test_frequent_levels_have_wide_cells_and_no_level_is_impossible():
    widths = make(256, "fitted").edges.diff()
    common = widths[[128, 0, 255]]
    torch.testing.assert_close(
        common / common.sum(), torch.tensor([0.9, 0.07, 0.03]) ** (1 / 3) / 1.688, atol=0.02, rtol=0
    )
    assert 0.85 < common.sum() < 1 and widths.min() > 1e-5
    assert torch.equal(make(256, "gaussian").edges.diff(), torch.linspace(-0.5, 0.5, 257).diff())


@pytest.mark.parametrize("kind", KINDS)
def test_the_log_determinant_is_the_jacobians(kind):
    cells, frames = make(8, kind).double(), torch.tensor([[0.0, 0.5, 1.0]]).double()
    uniform = torch.tensor([[0.01, 0.4, 0.97]], dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(lambda u: cells.fill(frames, u)[0][0], uniform)[:, 0]
    assert abs(torch.linalg.slogdet(jacobian)[1] - cells.fill(frames, uniform)[1]) < 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_rendering_is_smooth(kind):
    cells = make(256, kind).double()
    first, last = cells.centres(torch.tensor([0.0, 1.0]))
    x = torch.linspace(first.item(), last.item(), 50).double()[1:-1].requires_grad_()
    frames = cells.frames(x)
    frames.sum().backward()
    assert (frames.diff() > 0).all() and (x.grad > 0).all()


@torch.no_grad()
def test_what_a_gaussian_pays_for_the_noise():
    """0.254 bits a number at uniform noise, as a Gaussian's entropy exceeds a uniform's; next to nothing if warped."""
    bits = {}
    for kind in KINDS:
        x, log_det = make(256, kind).fill(torch.full((1, 100_000), 128 / 255), torch.rand(1, 100_000).double())
        best = torch.distributions.Normal(x.mean(), x.std())
        bits[kind] = -(best.log_prob(x).sum() + log_det.sum()).item() / 100_000 / math.log(2)
    assert abs(bits["uniform"] - 0.2546) < 0.005
    assert max(abs(bits["gaussian"]), abs(bits["fitted"])) < 0.01
