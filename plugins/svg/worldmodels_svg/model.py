"""SVG-LP: stochastic video generation with a learned prior (Denton and Fergus, ICML 2018)."""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from worldmodels.batch import Batch
from worldmodels.blocks import Gaussian, State, widen
from worldmodels.blocks.pyramid import initialise
from worldmodels.losses import Losses
from worldmodels.model import WorldModel
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Entries, Rollout, pack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_svg.architecture import build_architecture
from worldmodels_svg.config import PRESETS, SVGConfig
from worldmodels_svg.recurrent import GaussianRecurrent, Recurrent, join

_SKIPS = tuple(f"skip{index}" for index in range(4))
_NETWORKS = ("posterior", "prior", "predictor")


class Passage(NamedTuple):
    """What the networks made of steps from frame to frame: q and p of each z, z, and the predictor's outputs."""

    posterior: Gaussian
    prior: Gaussian
    latents: Tensor
    hidden: Tensor
    states: dict[str, State]


class SVG(WorldModel):
    """Three LSTMs between an encoder and a decoder with skip connections.

    From a frame's encoding (and an action) the prior gives the next latent z; from both the predictor gives the
    next encoding. An imagined frame is decoded, since its own encoding is what the next step reads. So a belief
    holds the frame that was seen or imagined, and rendering looks it up. Skip connections come from the last
    frame seen; a belief holds what they contribute to each block of the decoder.

    A belief holds `frame`, `encoding`, the predictor's output `hidden`, the LSTMs' states (`prior_hidden`,
    `prior_cell`, ...), and `skip0`, ...
    """

    Config = SVGConfig
    presets = PRESETS
    varying = ("frame", "encoding", "hidden")
    weighted = True

    def __init__(self, spec: WorldSpec, config: SVGConfig | None = None) -> None:
        super().__init__(spec, config)
        c: SVGConfig = self.config
        self.feature_dim = c.encoding + c.hidden
        inputs = c.encoding + self.codec.dim
        self.encoder, self.decoder = build_architecture(c, spec.frame_shape)
        self.posterior = GaussianRecurrent(inputs, c.hidden, c.posterior_layers, c.latent)
        self.prior = GaussianRecurrent(inputs, c.hidden, c.prior_layers, c.latent)
        self.predictor = Recurrent(inputs + c.latent, c.hidden, c.predictor_layers)
        self.prediction = nn.Sequential(nn.Linear(c.hidden, c.encoding), nn.Tanh())
        for network in (self.posterior, self.prior, self.predictor, self.prediction):
            network.apply(initialise)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it

    def losses(self, batch: Batch, moment: Moment) -> Losses:
        """The mean squared error of each frame and the KL divergence, both summed over time.

        Every frame is predicted from the true one before it. The beliefs keep what `resume` needs: the latents, the
        actions and the feature maps.
        """
        frames = batch.frames
        encodings, maps = self._encode(frames)
        passage = self._pass(encodings[:, :-1], encodings[:, 1:], batch.actions, self._rest(encodings), Noise())
        predicted = self._decode_clip(self.prediction(passage.hidden), maps)
        steps = frames.shape[1] - 1
        errors = steps * batch.mean((predicted - frames[:, 1:]).square(), first=1)
        divergence = steps * batch.mean(passage.posterior.kl(passage.prior).sum(2), first=1)
        terms = {"reconstruction": errors, "kl": divergence, "total": errors + self.config.beta * divergence}
        rollout = self._rollout(frames, encodings, maps, passage)
        followed = {"latent": passage.latents, **({} if batch.actions is None else {"action": batch.actions})}
        kept = {name: F.pad(steps, (0, 0, 1, 0)) for name, steps in followed.items()}
        kept |= {f"map{index}": level for index, level in enumerate(maps)}
        beliefs = pack({**dict(rollout.beliefs.items()), **kept}, frames.shape[:2])
        return Losses(terms, Rollout(beliefs, rollout.last, rollout.constant))

    def resume(self, rollout: Rollout, time: int) -> Belief:
        """The belief at one time of a rollout that `losses` gave; the LSTMs' states are computed again."""
        beliefs = rollout.beliefs
        if "latent" not in beliefs.keys():
            return super().resume(rollout, time)
        encodings, arrivals = beliefs.get("encoding"), slice(1, time + 1)
        actions = beliefs.get("action")[:, arrivals] if self.codec.dim else None
        states = self._rest(encodings)
        inputs = {
            "posterior": join(encodings[:, arrivals], actions),
            "prior": join(encodings[:, :time], actions),
            "predictor": join(encodings[:, :time], beliefs.get("latent")[:, arrivals], actions),
        }
        states = {name: getattr(self, name)(inputs[name], states[name])[1] for name in _NETWORKS}
        skips = self.decoder.skips([beliefs.get(f"map{index}")[:, time] for index in range(len(_SKIPS))])
        frame, encoding, hidden = (beliefs.get(key)[:, time] for key in self.varying)
        return _belief(frame, encoding, hidden, states, skips)

    def _decode_clip(self, encodings: Tensor, maps: list[Tensor]) -> Tensor:
        """Predictions (batch, step, ...); later ones than the context share the skips of its last frame."""
        steps = encodings.shape[1]
        shown = min(self.config.context, steps)
        source = torch.arange(steps, device=encodings.device).clamp_max(shown - 1)
        skips = self.decoder.skips([level[:, :shown].flatten(0, 1) for level in maps])
        spread = [skip.view(-1, shown, *skip.shape[1:])[:, source].flatten(0, 1) for skip in skips]
        frames = widen(self.decoder(encodings.flatten(0, 1), spread)).sigmoid()
        return frames.view(-1, steps, *frames.shape[1:])

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        encodings, maps = self._encode(frames)
        if belief is None:
            previous, current, states = encodings[:, :-1], encodings[:, 1:], self._rest(encodings)
            actions = None if actions is None else actions[:, 1:]
        else:
            previous = torch.cat([belief.get("encoding").unsqueeze(1), encodings[:, :-1]], 1)
            current, states = encodings, _states(belief)
        return self._rollout(frames, encodings, maps, self._pass(previous, current, actions, states, noise))

    def _pass(
        self, previous: Tensor, current: Tensor, actions: Tensor | None, states: dict[str, State], noise: Noise
    ) -> Passage:
        """From encodings (batch, step, encoding) to those that followed, under actions (batch, step, action)."""
        q, posterior = self.posterior(join(current, actions), states["posterior"])
        p, prior = self.prior(join(previous, actions), states["prior"])
        z = q.rsample(noise)
        hidden, predictor = self.predictor(join(previous, z, actions), states["predictor"])
        return Passage(q, p, z, hidden, {"posterior": posterior, "prior": prior, "predictor": predictor})

    def _step(self, belief: Belief, action: Tensor | None, noise: Noise) -> Belief:
        encoding, states = belief.get("encoding"), _states(belief)
        p, states["prior"] = self.prior(join(encoding, action).unsqueeze(1), states["prior"])
        z = p.rsample(noise).squeeze(1)
        hidden, states["predictor"] = self.predictor(join(encoding, z, action).unsqueeze(1), states["predictor"])
        skips = [belief.get(key) for key in _SKIPS]
        frame = widen(self.decoder(self.prediction(hidden).squeeze(1), skips)).sigmoid()
        following = widen(self.encoder(frame)[0])
        return _belief(frame, following, hidden.squeeze(1), states, skips)

    def _render(self, beliefs: Entries, constant: Entries) -> Tensor:
        return beliefs["frame"]

    def _features(self, beliefs: Entries, constant: Entries) -> Tensor:
        return torch.cat([beliefs["encoding"], beliefs["hidden"]], -1)

    def _encode(self, frames: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Encodings (batch, time, encoding), and feature maps with the same leading axes."""
        encodings, maps = self.encoder(frames.flatten(0, 1))
        time = frames.shape[:2]
        return widen(encodings).unflatten(0, time), [level.unflatten(0, time) for level in maps]

    def _rest(self, encodings: Tensor) -> dict[str, State]:
        return {name: getattr(self, name).rest(encodings) for name in _NETWORKS}

    def _rollout(self, frames: Tensor, encodings: Tensor, maps: list[Tensor], passage: Passage) -> Rollout:
        """The beliefs after every frame; nothing led into the first one, unless there are as many steps."""
        batch, time = frames.shape[:2]
        unpredicted = encodings.new_zeros(batch, time - passage.hidden.shape[1], self.config.hidden)
        hidden = torch.cat([unpredicted, passage.hidden], 1)
        skips = self.decoder.skips([level[:, -1] for level in maps])
        # A copy, so that a belief neither keeps all the frames alive nor changes with them.
        last = _belief(frames[:, -1].clone(), encodings[:, -1], hidden[:, -1], passage.states, skips)
        over_time = {"frame": frames, "encoding": encodings, "hidden": hidden}
        return Rollout(pack(over_time, (batch, time)), last, pack({}, (batch,)))


def _states(belief: Belief) -> dict[str, State]:
    return {name: State(belief.get(f"{name}_hidden"), belief.get(f"{name}_cell")) for name in _NETWORKS}


def _belief(frame: Tensor, encoding: Tensor, hidden: Tensor, states: dict[str, State], skips: list[Tensor]) -> Belief:
    entries = {"frame": frame, "encoding": encoding, "hidden": hidden, **dict(zip(_SKIPS, skips, strict=True))}
    for name, state in states.items():
        entries |= {f"{name}_hidden": state.hidden, f"{name}_cell": state.cell}
    return pack(entries, frame.shape[:1])
