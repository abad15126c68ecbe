"""Parameters of the paper's presets, counted from its text (appendix 6.A)."""

import pytest
import torch
from torch.nn.utils.parametrizations import _SpectralNorm

from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels_cvg.model import CVG

NOISE, EMBEDDING = 128, 128


def conv(inputs, outputs, kernel):
    return outputs * inputs * kernel + outputs


def norm(channels, condition):
    return 2 * channels * condition  # gain and bias, linear in the condition, without a bias of their own


def residual(inputs, outputs, condition, up):
    shortcut = conv(inputs, outputs, 1) if up or inputs != outputs else 0
    return (
        norm(inputs, condition)
        + conv(inputs, outputs, 9)
        + norm(outputs, condition)
        + conv(outputs, outputs, 9)
        + shortcut
    )


def generator(ch, units, start, condition, below=None):
    """A linear layer, units, norm-relu-conv-tanh; a level above the first has links while maps are not larger."""
    widths = [ch * unit for unit in units]
    count = (condition + 1) * widths[0] * start**2
    size, before = start, widths[0]
    for number, width in enumerate(widths):
        up = number < len(widths) - 1
        if below is None:  # a ConvGRU: three gates of input and state, biases with the input
            count += 3 * width * before * 9 + 3 * width + 3 * width * width * 9
        else:
            count += conv(before, width, 3) + conv(width, width, 9)
            count += sum(conv(3, width, 1) for side in (size, size, 2 * size if up else size) if side <= below)
        count += residual(width, width, condition, False) + residual(width, width, condition, up)
        size, before = (2 * size if up else size), width
    return count + norm(before, condition) + conv(before, 3, 9), size


def critic(ch, blocks, inputs, size, classes, volumetric):
    count, before = 0, inputs
    for number, block in enumerate(blocks):
        width, down = ch * block, number < len(blocks) - 1 and size % 2 == 0
        kernel = 27 if volumetric and number < 2 else 9
        count += conv(before, width, kernel) + conv(width, width, kernel)
        count += conv(before, width, 1) if down or before != width else 0
        size, before = size // 2 if down else size, width
    return count + before + 1 + classes * before


LARGE, SMALL = (8, 8, 4, 2, 1), (8, 8, 4, 2)
# Each level: base channels, units, critics' base channels, their blocks, size of its frames.
FIRST_BLOCKS, BLOCKS = (2, 4, 8, 16, 16), (1, 2, 4, 8, 16, 16)
PAPER = {
    "kinetics64": (600, (128, SMALL, 128, FIRST_BLOCKS, 32), (128, SMALL, 96, BLOCKS, 64)),
    "kinetics128": (600, (128, SMALL, 128, FIRST_BLOCKS, 32), (128, LARGE, 96, BLOCKS, 128)),
    "ucf101": (101, (128, SMALL, 128, FIRST_BLOCKS, 64), (128, LARGE, 96, BLOCKS, 128)),
    "bdd256": (
        0,
        (128, SMALL, 128, FIRST_BLOCKS, 64),
        (96, LARGE, 96, BLOCKS, 128),
        (96, (8, 4, 4, 4, 2, 1), 96, (1, 2, 4, 8, 8, 16, 16), 256),
    ),
}


def derived(preset):
    """Parameters of generators and critics."""
    classes, *levels = PAPER[preset]
    condition = NOISE + (EMBEDDING if classes else 0)
    made, judged, below = classes * EMBEDDING, 0, None
    for ch, units, critic_ch, blocks, size in levels:
        count, reached = generator(ch, units, size // 2 ** (len(units) - 1), condition, below)
        assert reached == size
        made += count
        judged += critic(critic_ch, blocks, 3, size, classes, False)
        judged += critic(critic_ch, blocks, 3, size // 2, classes, True)
        judged += critic(critic_ch, blocks, 6, below, classes, True) if below else 0
        below = size
    return made, judged


@pytest.mark.parametrize("preset", PAPER)
def test_presets_have_the_papers_parameters(preset, monkeypatch):
    # Power iterations of layers that hold no numbers would take most of a minute.
    monkeypatch.setattr(_SpectralNorm, "_power_method", lambda self, weight, iterations: None)
    side = PAPER[preset][-1][-1]
    with torch.device("meta"):
        model = build(CVG, WorldSpec((3, side, side)), preset)
    made = [p for part in (model.generators, model.embedding) if part is not None for p in part.parameters()]
    counts = tuple(sum(p.numel() for p in parameters) for parameters in (made, list(model.critics.parameters())))
    assert counts == derived(preset)
    assert model.levels[0].size == (PAPER[preset][1][-1],) * 2
