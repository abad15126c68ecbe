"""The paper's parameter counts, without the authors' `det_init_net`, which is never called."""

import pytest
import torch

from worldmodels.errors import InputError
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_vrnn import VRNN

DET_INIT_NET = 6_300_672


def parameters(preset, size=64, **settings):
    with torch.device("meta"):
        model = build(VRNN, WorldSpec((3, size, size)), preset, settings)
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(
    ("preset", "published"),
    [
        ("1", 166_548_035),
        ("1-8", 220_597_827),
        ("1-8-32", 230_744_387 - DET_INIT_NET),
        ("1-8-16-32", 245_186_371 - DET_INIT_NET),
        ("naive", 224_181_571),
        ("warm-up", 224_181_571),
        ("dense", 230_744_387 - DET_INIT_NET),
    ],
)
def test_hierarchies(preset, published):
    assert parameters(preset) == published


@pytest.mark.parametrize(
    ("preset", "millions"),
    [("1-convlstm", 62.22), ("3-convlstm", 86.64), ("6-convlstm", 93.81), ("6-convlstm-wide", 194.15)],
)
def test_decoders(preset, millions):
    assert parameters(preset) == pytest.approx(millions * 1e6, rel=0.02)


def test_width_and_context():
    unused = 512 * 512 + 3 * 512 + 512 * 256 + 256 + 2 * 1024
    assert parameters("1-8-32", width=16) == 14_461_523 - unused
    assert parameters("1-8-32", context=5) > parameters("1-8-32")


@pytest.mark.parametrize("size", [8, 16, 32, 64, 128])
@pytest.mark.parametrize("encoder", ["residual", "strided"])
def test_any_power_of_two(size, encoder):
    model = build(VRNN, WorldSpec((1, size, size)), None, {"width": 4, "encoder": encoder, "recurrent": ()})
    frames = torch.rand(2, 2, 1, size, size)
    imagined = model.render(model.imagine(model.observe(frames), horizon=2))
    assert imagined.shape == (2, 2, 1, size, size)
    assert model.network.recurrent == sorted({1, 4, 8, 16, 32, 64, 128} & set(range(size + 1)))


@pytest.mark.parametrize(
    ("shape", "settings", "message"),
    [
        ((3, 48, 48), {}, "48x48"),
        ((3, 32, 64), {}, "32x64"),
        ((3, 32, 32), {"latents": (8,)}, "latents=.* choose 1"),
        ((3, 32, 32), {"latents": (1, 64)}, "1, 4, 8, 16, 32"),
        ((3, 32, 32), {"recurrent": (1, 1)}, "recurrent"),
        ((3, 32, 32), {"decoder_channels": (1, 1)}, "decoder has 5 resolutions"),
        ((3, 32, 32), {"context": 0}, "context = 0"),
    ],
)
def test_what_does_not_fit_is_refused(shape, settings, message):
    with pytest.raises(InputError, match=message):
        build(VRNN, WorldSpec(shape), None, settings)
