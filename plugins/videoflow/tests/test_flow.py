"""The flow against its definition: inverses, log-determinants, total mass, and zuko's transforms."""

import math

import pytest
import torch
from torch.distributions import Normal

from worldmodels_videoflow.actnorm import ActNorm, fitting
from worldmodels_videoflow.coupling import Coupling
from worldmodels_videoflow.flow import Flow, Level, Step
from worldmodels_videoflow.mixing import Mixing


def disturbed(module, spread=0.1, seed=0):
    """The module as after some training: no weight is zero or one any more."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in module.parameters():
        noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64).to(parameter)
        parameter.data.add_(spread * noise / max(1, parameter[0].numel()) ** 0.5)
    return module


def make_flow(affine, gated, levels=2, channels=1, recompute=False):
    torch.manual_seed(0)
    parts, inside = [], channels
    for level in range(levels):
        part = Level(inside, 3, 8, affine, gated, level == levels - 1, recompute)
        parts.append(part)
        inside = part.channels
    return disturbed(Flow(parts))


KINDS = [(True, False), (True, True), (False, False), (False, True)]


@pytest.mark.parametrize(("affine", "gated"), KINDS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-9)])
@torch.no_grad()
def test_frames_come_back(affine, gated, dtype, tolerance):
    flow, x = make_flow(affine, gated, levels=3, channels=3).to(dtype), torch.rand(4, 3, 16, 24, dtype=dtype) - 0.5
    latents = flow(x)
    assert [tuple(z.shape[1:]) for z in latents.levels] == [(6, 8, 12), (12, 4, 6), (48, 2, 3)]
    assert (flow.inverse(latents.levels) - x).abs().max() < tolerance
    assert (flow.down(0, latents.levels[0], latents.ups[0]) - x).abs().max() < tolerance


@pytest.mark.parametrize(("affine", "gated"), KINDS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-9)])
def test_log_determinants_are_those_of_the_jacobian(affine, gated, dtype, tolerance):
    flow, x = make_flow(affine, gated).to(dtype), torch.rand(2, 1, 4, 8, dtype=dtype)

    def flat(frame):
        return torch.cat([z.flatten() for z in flow(frame.reshape(1, 1, 4, 8)).levels])

    for frame, log_det in zip(x, flow(x).log_det, strict=True):
        jacobian = torch.autograd.functional.jacobian(flat, frame.flatten())
        assert abs(torch.linalg.slogdet(jacobian.double())[1] - log_det) < tolerance * max(1, abs(log_det))


@pytest.mark.parametrize("affine", [True, False])
@torch.no_grad()
def test_the_density_of_two_pixels_integrates_to_one(affine):
    torch.manual_seed(1)
    steps = [disturbed(Step(2, 16, affine, False).double(), 0.2, seed) for seed in range(4)]
    # The grid covers what 6 standard deviations of the latents come from.
    y = torch.cartesian_prod(*2 * [torch.linspace(-6, 6, 201, dtype=torch.float64)])[:, :, None, None]
    for step in reversed(steps):
        y = step.inverse(y)
    lines = [torch.linspace(y[:, i].min(), y[:, i].max(), 801, dtype=torch.float64) for i in range(2)]
    x = torch.cartesian_prod(*lines)[:, :, None, None]
    z, log_det = x, torch.zeros(len(x), dtype=torch.float64)
    for step in steps:
        z, gained = step(z)
        log_det = log_det + gained
    density = (Normal(0, 1).log_prob(z).sum((1, 2, 3)) + log_det).exp()
    mass = density.sum() * math.prod(line[1] - line[0] for line in lines)
    assert abs(mass - 1) < 1e-3


@torch.no_grad()
def test_the_mean_log_density_of_own_samples_is_minus_the_entropy():
    # An additive flow keeps volumes but for its scales, so its entropy is the Gaussian's and the log-determinant.
    flow = make_flow(False, False).double()
    z = [torch.randn(4096, c, h, w, dtype=torch.float64) for c, h, w in ((2, 2, 2), (8, 1, 1))]
    latents = flow(flow.inverse(z))
    nats = latents.log_det + sum(Normal(0, 1).log_prob(level).flatten(1).sum(1) for level in latents.levels)
    assert latents.log_det.std() < 1e-6
    entropy = 16 * 0.5 * math.log(2 * math.pi * math.e) - latents.log_det[0]
    assert abs(nats.mean() + entropy) < 5 * nats.std() / 64


@torch.no_grad()
def test_a_mixing_is_zukos_lu_transform():
    zuko = pytest.importorskip("zuko")
    torch.manual_seed(0)
    mixing = disturbed(Mixing(6)).double()
    lower, upper = mixing._triangles()
    # zuko's is L U with U's diagonal one, so its L carries ours.
    diagonal = upper.diagonal()
    theirs = zuko.transforms.LULinearTransform((lower * diagonal).tril() + (upper / diagonal[:, None]).triu(1))
    x = torch.randn(5, 6, dtype=torch.float64)
    expected = theirs(x) @ mixing.permutation.double().T
    torch.testing.assert_close(x @ mixing.weight().T, expected)
    torch.testing.assert_close(mixing.log_det().expand(5), theirs.log_abs_det_jacobian(x, theirs(x)))
    torch.testing.assert_close(mixing.inverse() @ mixing.weight(), torch.eye(6, dtype=torch.float64))


def test_a_mixing_begins_as_a_rotation():
    weight = Mixing(12).weight()
    torch.testing.assert_close(weight @ weight.T, torch.eye(12), atol=1e-5, rtol=0)


@torch.no_grad()
def test_an_affine_coupling_is_zukos():
    zuko = pytest.importorskip("zuko")
    torch.manual_seed(0)
    coupling, x = disturbed(Coupling(6, 8, True, True)).double(), torch.randn(3, 6, 1, 1, dtype=torch.float64)

    def meta(kept):
        shift, scale = coupling.shift_and_scale(kept[:, :, None, None])
        # zuko's is exp(a) x + b, and it bounds a softly; ours is (x + t) s.
        log = scale.log() / (1 - scale.log().abs() / math.log(1e3))
        return zuko.transforms.MonotonicAffineTransform((scale * shift).flatten(1), log.flatten(1))

    theirs = zuko.transforms.CouplingTransform(meta, torch.arange(6) < 3)
    y, log_det = coupling(x)
    torch.testing.assert_close(y.flatten(1), theirs(x.flatten(1)))
    torch.testing.assert_close(log_det, theirs.call_and_ladj(x.flatten(1))[1].sum(1))


@torch.no_grad()
def test_fitting_normalises_after_every_norm():
    torch.manual_seed(0)
    step, x = Step(4, 8, True, True), 3 + 20 * torch.rand(32, 4, 6, 6)
    with fitting(step):
        y, _ = step(x)
    hidden = step.coupling.first(
        torch.nn.functional.conv2d(step.norm(x), step.mixing.weight()[:, :, None, None])[:, :2]
    )
    for values in (step.norm(x), hidden):
        assert values.mean((0, 2, 3)).abs().max() < 1e-3 and (values.std((0, 2, 3)) - 1).abs().max() < 1e-2
    assert not step.norm.fitting and y.isfinite().all()


@torch.no_grad()
def test_constant_channels_do_not_blow_up():
    norm = ActNorm(2)
    with fitting(norm):
        y = norm(torch.zeros(8, 2, 4, 4) + torch.tensor([0.25, 0.0])[:, None, None])
    assert y.isfinite().all() and norm.scale().max() <= 1001


@pytest.mark.parametrize("affine", [True, False])
def test_recomputing_by_inversion_gives_the_same_gradients(affine):
    flows = [make_flow(affine, True, recompute=recompute).double() for recompute in (False, True)]
    flows[1].load_state_dict(flows[0].state_dict())
    gradients = []
    for flow in flows:
        x = torch.rand(3, 1, 8, 8, generator=torch.Generator().manual_seed(2), dtype=torch.float64).requires_grad_()
        latents = flow(x)
        (latents.log_det.sum() + sum(z.square().sum() for z in latents.levels)).backward()
        gradients.append([x.grad, *(parameter.grad for parameter in flow.parameters())])
    for kept, again in zip(*gradients, strict=True):
        torch.testing.assert_close(again, kept, atol=1e-8, rtol=1e-6)


def test_recomputing_keeps_no_activation_of_the_steps():
    def kept(recompute, steps):
        sizes = []
        flow = Flow([Level(3, steps, 16, True, False, True, recompute)])
        with torch.autograd.graph.saved_tensors_hooks(lambda t: sizes.append(t.numel()) or t, lambda t: t):
            flow(torch.rand(8, 3, 32, 32))
        return sum(sizes)

    assert kept(False, 8) > 1.8 * kept(False, 4)
    assert kept(True, 8) < 1.1 * kept(True, 4) < 0.2 * kept(False, 4)
