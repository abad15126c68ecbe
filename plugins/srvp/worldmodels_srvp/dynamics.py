"""How the state y moves: the prior of z and the residual f (Equations 1 and 2 of the paper)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from worldmodels.actions import ActionCodec
from worldmodels.blocks import Gaussian, widen
from worldmodels_srvp.action_mlp import ActionMLP
from worldmodels_srvp.config import SRVPConfig


class Dynamics(nn.Module):
    """z ~ p(z | y, action), then y + dt f(y, z, action), z being fixed between two frames."""

    def __init__(self, config: SRVPConfig, codec: ActionCodec) -> None:
        super().__init__()
        y, z, hidden, layers = config.state, config.latent, config.dynamics_hidden, config.dynamics_layers
        self.kind = config.dynamics
        self.steps = config.euler_steps if config.dynamics == "residual" else 1
        self.prior_network = ActionMLP(y, hidden, layers, 2 * z, codec)
        if config.dynamics == "gru":
            self.f: nn.Module = nn.GRUCell(z + codec.dim, y)
        else:
            self.f = ActionMLP(y + z, hidden, layers, y, codec)
            self.f.apply(lambda module: _orthogonal(module, config.residual_gain))
        direct = config.direct and self.kind != "gru"
        self.direct = nn.Linear(z, y, bias=False) if direct else None

    def prior(self, y: Tensor, action: Tensor | None) -> Gaussian:
        """The prior of the z that leads on from y (..., state)."""
        return Gaussian.softplus(self.prior_network(y, action))

    def change(self, y: Tensor, z: Tensor, action: Tensor | None, dt: float) -> Tensor:
        """What one Euler step of length dt adds to y; dt f for the residual dynamics."""
        if self.kind == "gru":
            following: Tensor = self.f(z if action is None else torch.cat([z, action], -1), y)
            return widen(following) - y
        output = widen(self.f(torch.cat([y, z], -1), action))
        if self.direct is not None:
            output = output + widen(self.direct(z))
        return dt * output if self.kind == "residual" else output - y

    def forward(self, y: Tensor, z: Tensor, action: Tensor | None) -> Tensor:
        """The state one frame on."""
        for _ in range(self.steps):
            y = y + self.change(y, z, action, 1 / self.steps)
        return y

    def follow(self, y: Tensor, z: Tensor, actions: Tensor | None) -> tuple[Tensor, Tensor]:
        """The states along given latents from the first state on, and how long their way is.

        Args:
            y: The first state (batch, state).
            z: (batch, time, latent), each leading into the frame of its index; the first is not used.
            actions: (batch, time, action), likewise.

        Returns:
            States (batch, time, state), and the residuals' lengths that led to each later one (batch, time - 1).
        """
        states, lengths, dt = [y], [y.new_zeros(len(y), 0)], 1 / self.steps
        for time in range(1, z.shape[1]):
            length = y.new_zeros(len(y))
            for _ in range(self.steps):
                change = self.change(y, z[:, time], at(actions, time), dt)
                y = y + change
                length = length + torch.linalg.vector_norm(change, dim=-1)
            states.append(y)
            lengths.append(length.unsqueeze(1))
        return torch.stack(states, 1), torch.cat(lengths, 1)


def at(actions: Tensor | None, time: int) -> Tensor | None:
    """The actions (batch, action) of one time, where there are any."""
    return None if actions is None else actions[:, time]


def _orthogonal(module: nn.Module, gain: float) -> None:
    if isinstance(module, nn.Linear):
        nn.init.orthogonal_(module.weight, gain)
        nn.init.zeros_(module.bias)
