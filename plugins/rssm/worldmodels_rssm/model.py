"""DreamerV3's world model (Hafner et al., Nature 2025): a recurrent state-space model with discrete latents."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from worldmodels.batch import Batch, incoming
from worldmodels.blocks.strided import StridedDecoder, StridedEncoder, layer, strides_for
from worldmodels.losses import Losses
from worldmodels.model import WorldModel
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Entries, Rollout, pack, stack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_rssm.config import PRESETS, RSSMConfig
from worldmodels_rssm.networks import Cell, divergence, draw, mixed


class RSSM(WorldModel):
    """A deterministic state h that a recurrent cell moves, and categorical latents z that make it random.

    z is drawn from a posterior that sees the frame, or from a prior that sees h alone; frames are decoded from both.
    The paper's heads for rewards and ends are the library's: `loss="twohot"` and `loss="bce"`, through whose gradients
    the latents learn too. A belief holds h (`deter`) and z (`stoch`, one-hot and flat).
    """

    Config = RSSMConfig
    presets = PRESETS
    varying = ("deter", "stoch")
    weighted = True

    def __init__(self, spec: WorldSpec, config: RSSMConfig | None = None) -> None:
        super().__init__(spec, config)
        c: RSSMConfig = self.config
        stoch, shape = c.latents * c.classes, spec.frame_shape
        strides = strides_for(shape, c.patch, len(c.mults))
        channels = [c.depth * mult for mult in c.mults[: len(strides)]]
        self.minimum_frames, self.feature_dim = c.burn_in + 2, c.deter + stoch
        self.encoder = StridedEncoder(shape, channels, strides)
        self.decoder = StridedDecoder(self.feature_dim, self.encoder.map, [*channels[-2::-1], shape[0]], strides[::-1])
        self.cell = Cell(c.deter, stoch, self.codec.dim, c.hidden, c.blocks)
        self.prior = nn.Sequential(layer(c.deter, c.hidden), layer(c.hidden, c.hidden), nn.Linear(c.hidden, stoch))
        # The posterior's first layer in two parts: what it reads of the frames is computed for all times at once.
        self.of_frame = nn.Linear(self.encoder.width, c.hidden, bias=False)
        self.of_deter = nn.Linear(c.deter, c.hidden, bias=False)
        self.posterior = nn.Sequential(nn.RMSNorm(c.hidden), nn.SiLU(), nn.Linear(c.hidden, stoch))

    def prepare(self, batch: Batch) -> None:
        """Begin with the mean frame as the background."""
        self.decoder.prepare(batch.frames)

    def losses(self, batch: Batch, moment: Moment) -> Losses:
        """Equations 2 to 4: a frame's squared error, and the divergences, each with free nats and its own gradient."""
        c: RSSMConfig = self.config
        frames, actions, noise = batch.frames, incoming(batch.actions), Noise()
        read = self._read(frames)
        begun, start = self._burn_in(read, actions, noise)
        rollout, posterior = self._follow(read[:, c.burn_in :], _since(actions, c.burn_in), start, noise)
        prior = self._prior(rollout.beliefs["deter"])

        error = (self._paint(rollout.beliefs) - frames[:, c.burn_in :]).square().sum((-1, -2, -3))
        dynamics = divergence(posterior.detach(), prior).clamp_min(c.free)
        representation = divergence(posterior, prior.detach()).clamp_min(c.free)
        per_frame = {
            "reconstruction": error,
            "kl": divergence(posterior, prior).detach(),
            "dynamics": dynamics,
            "representation": representation,
            "total": c.precision * error + c.beta_dynamics * dynamics + c.beta_representation * representation,
        }
        terms = {name: batch.mean(value, first=c.burn_in) for name, value in per_frame.items()}
        return Losses(terms, rollout if begun is None else _joined(begun, rollout))

    def _burn_in(self, read: Tensor, actions: Tensor | None, noise: Noise) -> tuple[Rollout | None, Belief | None]:
        """The beliefs of the first frames, without gradients, and those to begin from: some fresh, the others old."""
        c: RSSMConfig = self.config
        if not c.burn_in:
            return None, None
        with torch.no_grad():
            begun, _ = self._follow(read[:, : c.burn_in].detach(), _until(actions, c.burn_in), None, noise)
            kept = (torch.rand(len(read), 1, device=read.device) >= c.fresh).to(read.dtype)
        return begun, pack({key: kept * begun.last[key] for key in self.varying}, (len(read),))

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        return self._follow(self._read(frames), actions, belief, noise)[0]

    def _follow(
        self, read: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise
    ) -> tuple[Rollout, Tensor]:
        """The beliefs after each frame, and the posteriors' log-probabilities (batch, time, latent, class)."""
        c: RSSMConfig = self.config
        batch, time = read.shape[:2]
        if belief is None:
            deter, stoch = read.new_zeros(batch, c.deter), read.new_zeros(batch, c.latents * c.classes)
        else:
            deter, stoch = belief["deter"], belief["stoch"]
        beliefs, posteriors = [], []
        for t in range(time):
            deter = self.cell(deter, stoch, None if actions is None else actions[:, t])
            logits = self.posterior(read[:, t] + self.of_deter(deter))
            posteriors.append(mixed(logits, c.classes, c.unimix))
            stoch = draw(posteriors[-1], noise)
            beliefs.append(pack({"deter": deter, "stoch": stoch}, (batch,)))
        return stack(beliefs, self.varying, ()), torch.stack(posteriors, 1)

    def _step(self, belief: Belief, action: Tensor | None, noise: Noise) -> Belief:
        deter = self.cell(belief["deter"], belief["stoch"], action)
        return pack({"deter": deter, "stoch": draw(self._prior(deter), noise)}, belief.batch_size)

    def _prior(self, deter: Tensor) -> Tensor:
        return mixed(self.prior(deter), self.config.classes, self.config.unimix)

    def _render(self, beliefs: Entries, constant: Entries) -> Tensor:
        return self._paint(beliefs).clamp(0, 1)

    def _paint(self, beliefs: Entries) -> Tensor:
        features = self._features(beliefs, {})
        frames: Tensor = self.decoder(features.flatten(0, 1))
        return frames.unflatten(0, features.shape[:2])  # type: ignore[no-any-return]

    def _features(self, beliefs: Entries, constant: Entries) -> Tensor:
        return torch.cat([beliefs["deter"], beliefs["stoch"]], -1)

    def _read(self, frames: Tensor) -> Tensor:
        """What the posterior reads of frames (batch, time, ...): (batch, time, hidden)."""
        encoded: Tensor = self.encoder(frames.flatten(0, 1))
        return self.of_frame(encoded).unflatten(0, frames.shape[:2])  # type: ignore[no-any-return]


def _since(actions: Tensor | None, time: int) -> Tensor | None:
    return None if actions is None else actions[:, time:]


def _until(actions: Tensor | None, time: int) -> Tensor | None:
    return None if actions is None else actions[:, :time]


def _joined(begun: Rollout, rest: Rollout) -> Rollout:
    return Rollout(torch.cat([begun.beliefs, rest.beliefs], 1), rest.last, rest.constant)
