"""A small network that learns the task from pixels: a convolution for each frame, an LSTM over them."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class FrameLSTM(nn.Module):
    """Scores of the cells from frames, trained from scratch.

    Args:
        shape: Channels, height and width of a frame.
        frames: Frames of a video, by which their numbers are divided.
        cells: How many cells there are.
        width: Of the LSTM.
    """

    def __init__(self, shape: tuple[int, int, int], frames: int, cells: int, width: int = 128) -> None:
        super().__init__()
        self.frames = frames
        self.encoder = nn.Sequential(
            nn.Conv2d(shape[0], 32, 5, 4, 2),
            nn.ReLU(),
            nn.Conv2d(32, 32, 3, 2, 1),
            nn.ReLU(),
            nn.Conv2d(32, 32, 3, 2, 1),
            nn.ReLU(),
            nn.Flatten(),
        )
        with torch.no_grad():
            encoding = self.encoder(torch.zeros(1, *shape)).shape[1]
        self.lstm = nn.LSTM(encoding + 1, width, batch_first=True)
        self.answer = nn.Linear(width, cells)

    def forward(self, frames: Tensor, times: Tensor) -> Tensor:
        """Logits (batch, cell) from frames (batch, frame, channel, height, width) and their numbers (batch, frame)."""
        encodings = self.encoder(frames.flatten(0, 1)).unflatten(0, frames.shape[:2])
        late = (times / self.frames).unsqueeze(-1)
        _, (hidden, _) = self.lstm(torch.cat([encodings, late], -1))
        logits: Tensor = self.answer(hidden[-1])
        return logits
