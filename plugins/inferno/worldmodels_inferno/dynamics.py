"""How objects move: a transformer over those of the last frames and what was done (SlotFormer, Wu et al., 2023)."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from worldmodels_inferno.config import INFERNOConfig


class History(NamedTuple):
    """The frames before the last one.

    Attributes:
        past: Their objects as tokens (batch, frame, object, number), the newest last; zeros where there was none.
        done: What was done after each (batch, frame, action).
        age: How many of them there are (batch, 1).
    """

    past: Tensor
    done: Tensor
    age: Tensor

    @classmethod
    def empty(cls, like: Tensor, frames: int, action: int) -> History:
        """No frames, before objects `like` (batch, object, number)."""
        batch, objects, number = like.shape
        past, done = like.new_zeros(batch, frames, objects, number), like.new_zeros(batch, frames, action)
        return cls(past, done, like.new_zeros(batch, 1))

    def then(self, tokens: Tensor, action: Tensor | None) -> History:
        """With one frame more, of objects (batch, object, number), after which an action (batch, action) was done."""
        frames = self.past.shape[1]
        if not frames:
            return self
        done = self.done if action is None else torch.cat([self.done, action.unsqueeze(1)], 1)[:, 1:]
        return History(torch.cat([self.past, tokens.unsqueeze(1)], 1)[:, 1:], done, (self.age + 1).clamp_max(frames))


class Dynamics(nn.Module):
    """Where objects go next. Tokens of one frame share a code of time and have none of their slot.

    Args:
        config: The model's settings.
        number: Width of an object's token.
        action: Width of an action; 0 in a world without.
    """

    def __init__(self, config: INFERNOConfig, number: int, action: int) -> None:
        super().__init__()
        self.config, width = config, config.dynamics_width
        self.read = nn.Linear(number, width)
        self.act = nn.Linear(action, width) if action else None
        self.times = nn.Parameter(0.02 * torch.randn(config.history, width))
        layer = nn.TransformerEncoderLayer(
            width, config.dynamics_heads, 4 * width, dropout=0.0, batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, config.dynamics, nn.LayerNorm(width), enable_nested_tensor=False)
        self.out = nn.Linear(width, 4)
        # Nearly still at first: most objects of most frames are.
        with torch.no_grad():
            self.out.weight.mul_(0.1)
            self.out.bias.zero_()

    def forward(self, tokens: Tensor, action: Tensor | None, history: History) -> tuple[Tensor, Tensor]:
        """How far objects go (batch, object, 3), and the logarithm of how much they grow (batch, object, 1).

        Args:
            tokens: Of the objects now (batch, object, number).
            action: What is done now (batch, action).
            history: What came before.
        """
        frames, objects = torch.cat([history.past, tokens.unsqueeze(1)], 1), tokens.shape[1]
        times = torch.arange(1.0 - frames.shape[1], 1.0, dtype=tokens.dtype, device=tokens.device)
        codes = self.times.unsqueeze(1)
        read = self.read(scaled(frames, self.config.reach)) + codes
        if self.act is not None and action is not None:
            acts = self.act(torch.cat([history.done, action.unsqueeze(1)], 1)).unsqueeze(2)
            read = torch.cat([acts + codes, read], 2)
        # Frames from before the video are zeros, and no token may look at them.
        missing = (-times > history.age).repeat_interleave(read.shape[2], 1)
        moved: Tensor = self.out(self.layers(read.flatten(1, 2), src_key_padding_mask=missing)[:, -objects:])
        return self.config.reach * moved[..., :3], moved[..., 3:]


def scaled(tokens: Tensor, reach: float) -> Tensor:
    """Tokens (..., number) whose places are about as large as the rest."""
    return torch.cat([tokens[..., :3] / reach, tokens[..., 3:]], -1)
