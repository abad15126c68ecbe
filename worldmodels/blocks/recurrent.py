"""`LSTM`: over the frames of a video, or one, with its state first in the batch."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

import torch
from torch import Tensor, nn

from worldmodels.blocks.precision import widen


class State(NamedTuple):
    """A recurrent state: for an LSTM (batch, layer, hidden) each, for a ConvLSTM maps (batch, channel, ...)."""

    hidden: Tensor
    cell: Tensor


class LSTM(nn.LSTM):
    """An LSTM with the batch first everywhere, whose state keeps its dtype under autocast.

    oneDNN has no LSTM in half precision for processors without AVX-512; there it computes in 32 bits.

    Args:
        inputs: Width of an input.
        hidden: Width of an output.
        layers: One upon the other.
    """

    def __init__(self, inputs: int, hidden: int, layers: int = 1) -> None:
        super().__init__(inputs, hidden, layers, batch_first=True)

    def rest(self, like: Tensor) -> State:
        """The state before any frame of as many videos as `like` (batch, ...) has, in its dtype."""
        nothing = like.new_zeros(len(like), self.num_layers, self.hidden_size)
        return State(nothing, nothing)

    def forward(self, input: Tensor, hx: State | None = None) -> tuple[Tensor, State]:  # type: ignore[override]
        """Outputs (batch, time, hidden) of inputs (batch, time, input), time 0 allowed, and the state after them."""
        state = self.rest(widen(input)) if hx is None else hx
        if not input.shape[1]:
            return state.hidden.new_zeros(len(input), 0, self.hidden_size), state
        hidden, cell = (part.transpose(0, 1).contiguous() for part in state)
        with _precision(input.device):
            # Under autocast inputs may come in half precision and have to be in the state's to begin with.
            outputs, after = super().forward(input.to(hidden.dtype), (hidden, cell))
        return outputs.to(hidden.dtype), State(*(part.transpose(0, 1).to(hidden.dtype) for part in after))


def _precision(device: torch.device) -> AbstractContextManager[object]:
    """Autocast as it is, or off where the processor's LSTM does not have its dtype."""
    if device.type != "cpu" or not torch.is_autocast_enabled("cpu") or not torch.backends.mkldnn.is_available():
        return nullcontext()
    operators = torch.ops.mkldnn
    half = torch.get_autocast_dtype("cpu") == torch.float16
    fits = operators._is_mkldnn_fp16_supported() if half else operators._is_mkldnn_bf16_supported()
    return nullcontext() if fits else torch.autocast("cpu", enabled=False)
