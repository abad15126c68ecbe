"""The embedded LSTMs of posterior, prior and predictor."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from worldmodels.blocks import LSTM, Gaussian, State


class Recurrent(nn.Module):
    """A linear embedding and an LSTM."""

    def __init__(self, inputs: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.embedding = nn.Linear(inputs, hidden)
        self.lstm = LSTM(hidden, hidden, layers)

    def rest(self, like: Tensor) -> State:
        """The state before any frame of as many videos as `like` (batch, ...) has, in its dtype."""
        return self.lstm.rest(like)

    def forward(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """Outputs (batch, time, hidden) for inputs (batch, time, input), time 0 allowed, and the state after them."""
        outputs: tuple[Tensor, State] = self.lstm(self.embedding(inputs), state)
        return outputs


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
        return Gaussian.log_variance(self.mean(hidden), self.log_variance(hidden)), state


def join(*parts: Tensor | None) -> Tensor:
    """The inputs that there are, one after the other."""
    return torch.cat([part for part in parts if part is not None], -1)
