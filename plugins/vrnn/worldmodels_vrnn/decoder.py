"""`Decoder`: ConvLSTMs between transposed convolutions, from one pixel to a frame (Table 4.5 of the thesis)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from worldmodels.blocks import Conv, ConvLSTM, over_time
from worldmodels_vrnn.convolution import conv_block, least_group, up_block
from worldmodels_vrnn.encoder import Maps
from worldmodels_vrnn.hierarchy import with_actions
from worldmodels_vrnn.initial_state import InitialState
from worldmodels_vrnn.memory import States


class Decoder(nn.Module):
    """p(x_t | z_<=t, x_<t): each latent enters the layer of its own resolution.

    Args:
        widths: The decoder's channels by resolution, from 1x1 on.
        context_widths: Those of the encoder's maps, by resolution.
        latents: Those of the latents, by resolution.
        kernels: Of the networks that make the first states, for each resolution with a ConvLSTM; the others have
            a convolution.
        context: Frames that the states start from.
        action: Width of an action that joins at 1x1; 0 for none.
        image: A frame's channels.
    """

    def __init__(
        self,
        widths: dict[int, int],
        context_widths: dict[int, int],
        latents: dict[int, int],
        kernels: dict[int, int],
        context: int,
        action: int,
        image: int,
    ) -> None:
        super().__init__()
        self.layers, self.ups, self.initial = nn.ModuleDict(), nn.ModuleDict(), nn.ModuleDict()
        self.recurrent = list(kernels)
        inputs = context_widths[1] + action
        for size, width in widths.items():
            if size > 1:
                self.ups[str(size)] = up_block(inputs, width, size)
                inputs = width
            joined = inputs + latents.get(size, 0)
            if size in kernels:
                # The authors normalise all of the decoder's ConvLSTMs but the first.
                groups = 16 if size > 1 else 0
                self.layers[str(size)] = ConvLSTM(joined, width, groups=groups, least=least_group(size))
                self.initial[str(size)] = InitialState(context * context_widths[size], width, size, kernels[size])
            else:
                self.layers[str(size)] = conv_block(joined, width, 3, size)
            inputs = width
        self.paint = nn.Sequential(*conv_block(inputs, inputs, 3, size), Conv(inputs, image, 3))

    def start(self, context: Maps) -> States:
        """First states from the context's maps (batch, frame, channel, height, width)."""
        return {size: self.initial[str(size)](context[size]) for size in self.recurrent}

    def forward(
        self, embedding: Tensor, latents: Maps, actions: Tensor | None, states: States
    ) -> tuple[Tensor, States]:
        """The last layer's maps, and the states after each time.

        Args:
            embedding: The previous frame's (batch, time, channel, 1, 1).
            latents: By resolution, (batch, time, channel, height, width).
            actions: (batch, time, action).
            states: Before the first time.
        """
        out, after = embedding, {}
        for name, layer in self.layers.items():
            size = int(name)
            out = over_time(self.ups[name], out) if size > 1 else out
            out = torch.cat([out, latents[size]], 2) if size in latents else out
            out = with_actions(out, actions) if size == 1 else out
            if size in states:
                after[size] = layer(out, states[size])
                out = after[size].hidden
            else:
                out = over_time(layer, out)
        return out, after

    def logits(self, maps: Tensor) -> Tensor:
        """Frames before the sigmoid, of the last layer's maps, both (batch, time, channel, height, width)."""
        return over_time(self.paint, maps)
