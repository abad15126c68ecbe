"""The LSTMs, over many frames or one."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from worldmodels_svg.gaussian import Gaussian


class State(NamedTuple):
    """An LSTM's state, each (batch, layer, hidden)."""

    hidden: Tensor
    cell: Tensor


class Recurrent(nn.Module):
    """A linear embedding and an LSTM."""

    def __init__(self, inputs: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.embedding = nn.Linear(inputs, hidden)
        self.lstm = nn.LSTM(hidden, hidden, layers, batch_first=True)

    def rest(self, like: Tensor) -> State:
        """The state before any frame of as many videos as `like` (batch, ...) has, in its dtype."""
        nothing = like.new_zeros(len(like), self.lstm.num_layers, self.lstm.hidden_size)
        return State(nothing, nothing)

    def forward(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """Outputs (batch, time, hidden) for inputs (batch, time, input), time 0 allowed, and the state after them."""
        if not inputs.shape[1]:
            return inputs.new_zeros(len(inputs), 0, self.lstm.hidden_size), state
        before = [part.transpose(0, 1).contiguous() for part in state]
        # Under autocast an LSTM takes what its state is in; the state keeps its dtype from step to step.
        dtype = state.hidden.dtype
        outputs, after = self.lstm(self.embedding(inputs).to(dtype), (before[0], before[1]))
        return outputs.to(dtype), State(*(part.transpose(0, 1).to(dtype) for part in after))


class GaussianRecurrent(nn.Module):
    """A recurrent network whose outputs are Gaussians: the posterior or the prior of z."""

    def __init__(self, inputs: int, hidden: int, layers: int, latent: int) -> None:
        super().__init__()
        self.recurrent = Recurrent(inputs, hidden, layers)
        self.mean = nn.Linear(hidden, latent)
        self.log_variance = nn.Linear(hidden, latent)

    def rest(self, like: Tensor) -> State:
        """The state before any frame, as `Recurrent.rest`."""
        return self.recurrent.rest(like)

    def forward(self, inputs: Tensor, state: State) -> tuple[Gaussian, State]:
        """Gaussians (batch, time, latent) for inputs (batch, time, input), and the state after them."""
        hidden, state = self.recurrent(inputs, state)
        return Gaussian(self.mean(hidden).to(hidden.dtype), self.log_variance(hidden).to(hidden.dtype)), state


def join(*parts: Tensor | None) -> Tensor:
    """The inputs that there are, one after the other."""
    return torch.cat([part for part in parts if part is not None], -1)
