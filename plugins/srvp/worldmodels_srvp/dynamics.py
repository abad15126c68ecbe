"""How the state y moves: the prior of z and the residual f (Equations 1 and 2 of the paper)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from worldmodels.actions import ActionCodec
from worldmodels_srvp.config import SRVPConfig
from worldmodels_srvp.gaussian import Gaussian, widen
from worldmodels_srvp.mlp import ActionMLP


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
        return Gaussian.of(self.prior_network(y, action))

    def change(self, y: Tensor, z: Tensor, action: Tensor | None, dt: float) -> Tensor:
        """What one Euler step of length dt adds to y; dt f for the residual dynamics."""
        if self.kind == "gru":
            following: Tensor = self.f(z if action is None else torch.cat([z, action], -1), y)
            return widen(following) - y
        output: Tensor = widen(self.f(torch.cat([y, z], -1), action))
        if self.direct is not None:
            output = output + widen(self.direct(z))
        return dt * output if self.kind == "residual" else output - y

    def forward(self, y: Tensor, z: Tensor, action: Tensor | None) -> Tensor:
        """The state one frame on."""
        for _ in range(self.steps):
            y = y + self.change(y, z, action, 1 / self.steps)
        return y


def _orthogonal(module: nn.Module, gain: float) -> None:
    if isinstance(module, nn.Linear):
        nn.init.orthogonal_(module.weight, gain)
        nn.init.zeros_(module.bias)
