"""The prior of one level's latents, from those before them and the levels above (the paper's eqs. 7 to 9)."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from worldmodels.noise import Noise
from worldmodels_videoflow.config import VideoFlowConfig
from worldmodels_videoflow.residual import Residual

# A flat background's latents may have a spread near e^-5; unbounded, sigma goes to zero on them and gives NaN.
_LOWEST, _HIGHEST = -7.0, 3.0


class Futures(NamedTuple):
    """Gaussians of one level's latents, one for each of the futures between which a frame chooses as a whole.

    Attributes:
        mean: (n, future, channel, height, width).
        log_std: Likewise.
        logits: (n, future), of the choice.
    """

    mean: Tensor
    log_std: Tensor
    logits: Tensor

    def log_prob(self, latent: Tensor) -> Tensor:
        """The log density (n,) of latents (n, channel, height, width), in nats."""
        deviation = (latent[:, None] - self.mean) * (-self.log_std).exp()
        each = -0.5 * deviation.square() - self.log_std - 0.5 * math.log(2 * math.pi)
        # One choice for the whole frame: the sum over places comes before that over futures.
        joint: Tensor = (each.flatten(2).sum(2) + self.logits.log_softmax(1)).logsumexp(1)
        return joint

    def sample(self, noise: Noise) -> Tensor:
        """A draw (n, channel, height, width); the temperature scales sigma, as in the paper's appendix C."""
        mean, log_std = self.mean[:, 0], self.log_std[:, 0]
        if self.logits.shape[1] > 1:
            rows = torch.arange(len(self.logits), device=self.logits.device)
            chosen = noise.categorical(self.logits)
            mean, log_std = self.mean[rows, chosen], self.log_std[rows, chosen]
        return noise.gaussian(mean, log_std.exp())


class LevelPrior(nn.Module):
    """p(z_t | z_<t, higher levels, action): mu = z_{t-1} + delta, with delta and sigma from a residual network.

    Args:
        channels: Channels of the latents.
        grid: Their height and width.
        above: Channels of what the level sends up, 0 at the top.
        actions: Width of an action, 0 for none.
        width: Channels inside the residual blocks.
        blocks: How many.
        dilations: Of their branches; those that are too large for the grid are left out.
        skip: Whether mu begins at z_{t-1}.
        gates: Whether the blocks have gated units.
        futures: How many Gaussians; the paper has one.
    """

    def __init__(
        self,
        channels: int,
        grid: tuple[int, int],
        *,
        above: int,
        actions: int,
        width: int,
        blocks: int,
        dilations: tuple[int, ...],
        skip: bool,
        gates: bool,
        futures: int,
    ) -> None:
        super().__init__()
        self.channels, self.skip, self.futures = channels, skip, futures
        inside = 2 * channels if above else channels
        fitting = [dilation for dilation in dilations if 2 * dilation < min(grid)] or [1]
        self.above = _silent(nn.Conv2d(above, channels, 3, padding=1)) if above else None
        self.action = _silent(nn.Linear(actions, inside)) if actions else None
        self.residual = Residual(inside, width, blocks, fitting, gates)
        self.last = _silent(nn.Conv2d(inside, 2 * channels, 1))
        # Futures that begin alike stay alike: each enters the network, and its mean, as a random pattern of its own.
        self.patterns = nn.Parameter(torch.randn(futures, inside, *grid)) if futures > 1 else None
        self.weights = _silent(nn.Linear(inside, futures)) if futures > 1 else None

    @classmethod
    def of(
        cls, config: VideoFlowConfig, channels: int, grid: tuple[int, int], actions: int, *, top: bool
    ) -> LevelPrior:
        """The prior of a model's level; only the top one chooses between futures, which the lower ones then know of."""
        return cls(
            channels,
            grid,
            above=0 if top else channels,
            actions=actions,
            width=config.prior_width,
            blocks=config.blocks,
            dilations=config.dilations,
            skip=config.skip,
            gates=config.gates,
            futures=config.futures if top else 1,
        )

    def forward(self, past: Tensor, up: Tensor | None, action: Tensor | None) -> Futures:
        """The distribution of the next latents.

        Args:
            past: The latents before (n, time, channel, height, width), the latest last.
            up: What the level sends up (n, above, height, width), which holds all higher levels.
            action: That leads to the next frame (n, action).
        """
        x, logits = self._read(past, up, action)
        if self.patterns is not None:
            x = (x[:, None] + self.patterns[:, None]).flatten(0, 1)
        return self._predict(past, x, logits)

    def choose(self, past: Tensor, up: Tensor | None, action: Tensor | None, noise: Noise) -> Futures:
        """The distribution of the one future that is drawn, at the cost of one rather than of all; as `forward`."""
        x, logits = self._read(past, up, action)
        if self.patterns is not None:
            x = x + self.patterns[noise.categorical(logits)][:, None]
            logits = logits.new_zeros(len(x), 1)
        return self._predict(past, x, logits)

    def _read(self, past: Tensor, up: Tensor | None, action: Tensor | None) -> tuple[Tensor, Tensor]:
        """What the network reads (n, time, inside, height, width), and how probable each future is."""
        x = past
        if self.above is not None:
            condition = self.above(up)[:, None].expand(-1, past.shape[1], -1, -1, -1)
            x = torch.cat([condition, x], 2)
        if self.action is not None:
            x = x + self.action(action)[:, None, :, None, None]
        if self.weights is None:
            return x, x.new_zeros(len(x), 1)
        return x, self.weights(self.residual(x).mean((2, 3)))

    def _predict(self, past: Tensor, x: Tensor, logits: Tensor) -> Futures:
        delta, raw = self.last(self.residual(x)).unflatten(0, logits.shape).chunk(2, 2)
        middle, half = (_HIGHEST + _LOWEST) / 2, (_HIGHEST - _LOWEST) / 2
        # A smooth clamp, whose gradient never vanishes, about the identity near 0.
        log_std = middle + half * ((raw - middle) / half).tanh()
        return Futures(past[:, None, -1] + delta if self.skip else delta, log_std, logits)


def _silent(layer: nn.Conv2d | nn.Linear) -> nn.Module:
    """The layer with zeros, so that what it adds begins at nothing."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
