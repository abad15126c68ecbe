"""`InitialState`: the network that makes a ConvLSTM's first state from the context."""

from __future__ import annotations

from torch import Tensor, nn

from worldmodels.blocks import Conv, State
from worldmodels_vrnn.convolution import conv_block, norm


class InitialState(nn.Sequential):
    """A ConvLSTM's first state from the context's maps, which come one after the other in the channels."""

    def __init__(self, context: int, hidden: int, resolution: int, kernel: int = 1) -> None:
        groups = 1 if resolution == 1 else 16
        super().__init__(
            *conv_block(context, context, kernel, resolution),
            Conv(context, 2 * hidden, 1),
            norm(2 * hidden, groups, resolution),
        )

    def forward(self, input: Tensor) -> State:
        """The state for maps (batch, frame, channel, height, width) of the context."""
        joined = input.flatten(1, 2)
        for layer in self:
            joined = layer(joined)
        return State(*joined.chunk(2, 1))
