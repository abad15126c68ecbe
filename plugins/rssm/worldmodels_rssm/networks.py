"""The RSSM's networks: the recurrent cell, and categorical latents."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.blocks.strided import layer
from worldmodels.errors import InputError
from worldmodels.noise import Noise


class BlockLinear(nn.Module):
    """A linear layer (..., block, in) -> (..., block, out) with weights of its own for each block."""

    def __init__(self, blocks: int, fan_in: int, fan_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(blocks, fan_in, fan_out))
        self.bias = nn.Parameter(torch.zeros(blocks, fan_out))
        nn.init.trunc_normal_(self.weight, std=fan_in**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        """The blocks' outputs."""
        return torch.einsum("...gi,gio->...go", x, self.weight) + self.bias


class Cell(nn.Module):
    """The sequence model: a gated recurrent unit of blocks, h' = f(h, z, a) (Equation 3).

    Args:
        deter: Width of the state.
        stoch: Width of the flat latents.
        actions: Width of an action; 0 for none.
        hidden: Width of what enters the blocks.
        blocks: Blocks of the state.
    """

    def __init__(self, deter: int, stoch: int, actions: int, hidden: int, blocks: int) -> None:
        super().__init__()
        if deter % blocks:
            raise InputError(f"deter={deter} cannot be parted into blocks={blocks} of one width.")
        self.blocks = blocks
        self.of_deter, self.of_stoch = layer(deter, hidden), layer(stoch, hidden)
        self.of_action = layer(actions, hidden) if actions else None
        width = hidden * (3 if actions else 2)
        self.inner = BlockLinear(blocks, deter // blocks + width, deter // blocks)
        self.norm = nn.RMSNorm(deter)
        self.gates = BlockLinear(blocks, deter // blocks, 3 * deter // blocks)

    def forward(self, deter: Tensor, stoch: Tensor, action: Tensor | None) -> Tensor:
        """The next state (batch, deter)."""
        read = [self.of_deter(deter), self.of_stoch(stoch)]
        if self.of_action is not None:
            assert action is not None
            # Unbounded actions may be of any size.
            read.append(self.of_action(action / action.abs().clamp_min(1)))
        shared = torch.cat(read, -1).unsqueeze(1).expand(-1, self.blocks, -1)
        parts = deter.unflatten(-1, (self.blocks, -1))
        inner = F.silu(self.norm(self.inner(torch.cat([parts, shared], -1)).flatten(1)))
        reset, candidate, update = self.gates(inner.unflatten(-1, (self.blocks, -1))).chunk(3, -1)
        candidate = (reset.sigmoid() * candidate).tanh().flatten(1)
        update = (update - 1).sigmoid().flatten(1)
        return torch.lerp(deter, candidate, update)


def mixed(logits: Tensor, classes: int, unimix: float) -> Tensor:
    """Log-probabilities (..., latent, class) of logits (..., latent x class), with a share of the uniform."""
    chance: Tensor = logits.unflatten(-1, (-1, classes)).softmax(-1)
    return ((1 - unimix) * chance + unimix / classes).log()


def draw(log_chance: Tensor, noise: Noise) -> Tensor:
    """One-hot draws (..., latent x class); gradients pass straight through to the probabilities."""
    one_hot = F.one_hot(noise.categorical(log_chance), log_chance.shape[-1]).to(log_chance.dtype)
    chance = log_chance.exp()
    return (one_hot + (chance - chance.detach())).flatten(-2)


def divergence(p: Tensor, q: Tensor) -> Tensor:
    """KL(p || q) in nats (...), of log-probabilities (..., latent, class), summed over the latents."""
    return (p.exp() * (p - q)).sum((-1, -2))
