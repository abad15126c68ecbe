"""What frames say: the first state y, the latents z and the content w (Section 3.3 and Equation 3 of the paper)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from worldmodels_srvp.config import SRVPConfig
from worldmodels_srvp.gaussian import Gaussian, widen
from worldmodels_srvp.mlp import MLP

LSTMState = tuple[Tensor, Tensor]


class Inference(nn.Module):
    """Reads the encodings of frames (batch, time, encoding)."""

    def __init__(self, config: SRVPConfig) -> None:
        super().__init__()
        frames, hidden, width = config.inference_frames, config.inference_hidden, config.encoding
        self.frames = frames
        self.q_y = MLP(frames * width, hidden, config.inference_layers, 2 * config.state)
        self.lstm = nn.LSTM(width, hidden, batch_first=True)
        self.q_z = nn.Linear(hidden, 2 * config.latent)
        self.direct_y = nn.Linear(frames * width, 2 * config.state) if config.direct else None
        self.direct_z = nn.Linear(width, 2 * config.latent) if config.direct else None

    def start(self, encodings: Tensor) -> Gaussian:
        """The posterior of the first state from the first `inference_frames` encodings."""
        flat = encodings.flatten(1)
        return Gaussian.of(_beside(self.q_y(flat), self.direct_y, flat))

    def latents(self, encodings: Tensor, state: LSTMState | None = None) -> tuple[Gaussian, LSTMState]:
        """The posteriors of z (batch, time, latent), each from the frames up to its own, and the LSTM's state."""
        if state is not None:
            state = (state[0].unsqueeze(0), state[1].unsqueeze(0))
        output, (hidden, cell) = self.lstm(encodings, state)
        q_z = Gaussian.of(_beside(self.q_z(output), self.direct_z, encodings))
        return q_z, (widen(hidden[0]), widen(cell[0]))


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
        return self._whole(self.each(encodings).relu().sum(1))

    def windows(self, encodings: Tensor, frames: int) -> Tensor:
        """Contents (batch, time - frames + 1, content) of each window of `frames` encodings (batch, time, encoding)."""
        return self._whole(self.each(encodings).relu().unfold(1, frames, 1).sum(-1))

    def _whole(self, projected: Tensor) -> Tensor:
        w: Tensor = self.all(projected)
        return widen(torch.tanh(w))
