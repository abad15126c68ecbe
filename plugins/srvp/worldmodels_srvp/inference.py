"""What frames say: the first state y, the latents z and the content w (Section 3.3 and Equation 3 of the paper)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from worldmodels.blocks import LSTM, Gaussian, State, mlp, widen
from worldmodels_srvp.config import SRVPConfig


class Inference(nn.Module):
    """Reads the encodings of frames (batch, time, encoding)."""

    def __init__(self, config: SRVPConfig) -> None:
        super().__init__()
        frames, hidden, width = config.inference_frames, config.inference_hidden, config.encoding
        self.frames = frames
        self.q_y = mlp(frames * width, *[hidden] * (config.inference_layers - 1), 2 * config.state)
        self.lstm = LSTM(width, hidden)
        self.q_z = nn.Linear(hidden, 2 * config.latent)
        self.direct_y = nn.Linear(frames * width, 2 * config.state) if config.direct else None
        self.direct_z = nn.Linear(width, 2 * config.latent) if config.direct else None

    def start(self, encodings: Tensor) -> Gaussian:
        """The posterior of the first state from the first `inference_frames` encodings."""
        flat = encodings.flatten(1)
        return Gaussian.softplus(_beside(self.q_y(flat), self.direct_y, flat))

    def latents(self, encodings: Tensor, state: State | None = None) -> tuple[Gaussian, State]:
        """The posteriors of z (batch, time, latent), each from the frames up to its own, and the LSTM's state."""
        output, state = self.lstm(encodings, state)
        return Gaussian.softplus(_beside(self.q_z(output), self.direct_z, encodings)), state


def _beside(output: Tensor, direct: nn.Linear | None, inputs: Tensor) -> Tensor:
    return output if direct is None else output + direct(inputs)


class Content(nn.Module):
    """w from a set of encodings, whatever their order: each is projected, then their sum."""

    def __init__(self, encoding: int, content: int) -> None:
        super().__init__()
        self.each = nn.Linear(encoding, content)
        self.all = nn.Linear(content, content)

    def forward(self, encodings: Tensor) -> Tensor:
        """The contents (batch, content) of encodings (batch, frame, encoding)."""
        return self._together(self.each(encodings).relu().sum(1))

    def windows(self, encodings: Tensor, frames: int) -> Tensor:
        """Contents (batch, time - frames + 1, content) of each window of `frames` encodings (batch, time, encoding)."""
        return self._together(self.each(encodings).relu().unfold(1, frames, 1).sum(-1))

    def _together(self, projected: Tensor) -> Tensor:
        w: Tensor = self.all(projected)
        return widen(torch.tanh(w))


class NoContent(nn.Module):
    """In place of `Content` in a model without w: contents that are 0 wide."""

    def forward(self, encodings: Tensor) -> Tensor:
        """As `Content.forward`."""
        return encodings.new_zeros(len(encodings), 0)

    def windows(self, encodings: Tensor, frames: int) -> Tensor:
        """As `Content.windows`."""
        return encodings.new_zeros(len(encodings), encodings.shape[1] - frames + 1, 0)
