import pytest
import torch
from torch import nn

from worldmodels_srvp.convolution import SkipConv2d, SkipConvTranspose2d


@pytest.mark.parametrize("kind", [SkipConv2d, SkipConvTranspose2d])
@pytest.mark.parametrize("bias", [True, False])
def test_a_skip_counts_as_concatenated_to_every_frame(kind: type[nn.Module], bias: bool) -> None:
    layer = kind(3 + 2, 4, 4, 2, 1, bias=bias)
    frames, skip = torch.randn(2 * 5, 3, 8, 8), torch.randn(2, 2, 8, 8)
    repeated = torch.cat([frames, skip.repeat_interleave(5, 0)], 1)
    torch.testing.assert_close(layer(frames, skip), layer(repeated))
