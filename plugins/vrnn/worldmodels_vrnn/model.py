"""The improved conditional VRNN (Castrejon et al., ICCV 2019): a video VAE with a hierarchy of latents."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from worldmodels.abilities import Bound, Evidence, LogProb
from worldmodels.batch import Batch, incoming
from worldmodels.blocks import widen
from worldmodels.errors import InputError
from worldmodels.losses import Losses
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Entries, Rollout, pack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_vrnn.bound import divergence, log_likelihood, reconstruction
from worldmodels_vrnn.config import PRESETS, VRNNConfig
from worldmodels_vrnn.encoder import Maps, during, named_maps, repeated
from worldmodels_vrnn.memory import Memory, named, states
from worldmodels_vrnn.network import Followed, Network


class VRNN(Evidence):
    """Frames drawn one after the other, each from latents at several resolutions and the frame before.

    The recurrent states start from the maps of the first `context` frames. While fewer were seen, the first
    stands in for those that are missing, and each new one starts the states anew; from then on they are carried
    along, while imagining too, so that every frame costs one step. An imagined frame is encoded as the next
    step's input: imagining paints by its nature, the frames are kept, and `render` only hands them out, as it
    does those that were observed.

    A belief holds the newest `frame`, its `map_<resolution>` for each level of latents, the states of prior,
    posterior and decoder (`prior_hidden_8`, `decoder_cell_1`, ...), and `window` and `age` for beginnings. The
    posterior's states follow observed frames only.
    """

    Config = VRNNConfig
    presets = PRESETS
    varying = ("frame", "map_1", "decoder_hidden_1")
    weighted = True

    def __init__(self, spec: WorldSpec, config: VRNNConfig | None = None) -> None:
        super().__init__(spec, config)
        if self.config.context < 1:
            raise InputError(f"context={self.config.context} given; the states start from at least 1 frame.")
        self.network = Network(spec.frame_shape, self.codec.dim, self.config)
        self.minimum_frames, self.least_context = self.config.context + 1, self.config.context
        self.feature_dim = self.network.feature_dim

    def losses(self, batch: Batch, moment: Moment) -> Losses:
        """The evidence bound's two terms, of the frames after the context, a video's mean (Equation 4.5).

        The beliefs are those of the same pass, with all states, to imagine on from any time.
        """
        c: VRNNConfig = self.config
        frames = shorten(batch.frames, c.context, c.short_starts)
        maps, followed = self._follow_clip(frames, incoming(batch.actions), Noise())
        steps = frames.shape[1] - c.context
        loss = steps * batch.mean(reconstruction(self.network, followed, frames[:, c.context :], c.pixels), c.context)
        kl = steps * batch.mean(divergence(self.network, followed, c.kl), c.context)
        weight = c.beta * (min(1.0, moment.progress / c.beta_warmup) if c.beta_warmup else 1.0)
        terms = {"reconstruction": loss, "kl": kl, "total": loss + weight * kl}

        # While the context is not full, each of its frames starts the states anew, as observing does.
        windows = self._windows(None, during(maps, slice(c.context)))
        starts = [self.network.start(during(windows, slice(t, t + c.context))) for t in range(1, c.context + 1)]
        beliefs = {"frame": frames, **named_maps({r: maps[r] for r in self.network.levels})}
        beliefs |= followed.memory.after(starts).entries()
        age = torch.full((len(frames),), c.context, device=frames.device)
        last = {**{key: value[:, -1] for key, value in beliefs.items()}, "window": frames[:, -c.context :], "age": age}
        # The posterior's states follow frames only; who imagines on does not need them.
        kept = {key: value for key, value in beliefs.items() if not key.startswith("posterior_")}
        return Losses(terms, Rollout(pack(kept, frames.shape[:2]), pack(last, age.shape), pack({}, age.shape)))

    def _log_prob(self, frames: Tensor, actions: Tensor | None, context: int, samples: int, noise: Noise) -> LogProb:
        """Of one draw the evidence bound (Equation 4.5), of more the importance-weighted one (Burda et al., 2016).

        A pixel's density is a Laplace of scale 1, a Gaussian of variance 1/2 or a Bernoulli, as the loss says; the
        last is a probability only where frames are black and white. Latents of context frames beyond the first
        `least_context` are drawn from the posterior, as `observe` draws them.
        """
        c: VRNNConfig = self.config
        weights, scored = [], frames[:, context:]
        for _ in range(samples):
            followed = self._follow_clip(frames, actions, noise)[1].since(context - c.context)
            # Log p(x, z) - log q(z | x) at the draw.
            likely = log_likelihood(self.network, followed, scored, c.pixels)
            weights.append((likely - divergence(self.network, followed, "sample")).sum(1))
        bound = torch.stack(weights).logsumexp(0) - math.log(samples)
        return LogProb(bound, scored[0].numel(), exact=False, levels=1 if c.pixels == "bce" else 256)

    def _evidence(self, frames: Tensor, actions: Tensor | None, noise: Noise) -> Bound:
        """With analytic divergences, as the paper's tables have them."""
        followed = self._follow_clip(frames, actions, noise)[1]
        scored = (self.network, followed, frames[:, self.config.context :], self.config.pixels)
        divergences = {str(level): q.kl(p) for level, q, p in self.network.divergent(followed)}
        return Bound(log_likelihood(*scored).sum(1), reconstruction(*scored).sum(1), divergences)

    def reconstruct(
        self, frames: Tensor, actions: Tensor | None = None, *, generator: torch.Generator | None = None
    ) -> Tensor:
        """The frames after the context as they are painted from draws of the posterior.

        Args:
            frames: (batch, time, channel, height, width), of more than `context` frames.
            actions: (batch, time - 1, action).
            generator: Where the draws come from.

        Returns:
            (batch, time - context, channel, height, width).

        Raises:
            InputError: for wrong shapes or too few frames.
        """
        actions = self._check_scored(frames, actions, self.least_context)
        with self._gradients():
            followed = self._follow_clip(frames, actions, Noise(generator))[1]
            return widen(self.network.decoder.logits(followed.decoded)).sigmoid()

    def _follow_clip(self, frames: Tensor, actions: Tensor | None, noise: Noise) -> tuple[Maps, Followed]:
        """The maps of a clip's frames, and what following those after the context yields."""
        context = self.config.context
        maps = self.network.maps(frames)
        memory = self.network.start(during(maps, slice(context)))
        rest = during(maps, slice(context - 1, None))
        return maps, self.network.follow(rest, None if actions is None else actions[:, context:], memory, noise)

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        context, (batch, time), levels = self.config.context, frames.shape[:2], self.network.levels
        maps = self.network.maps(frames)
        if belief is None:
            memory, before = None, {r: maps[r][:, 0] for r in levels}
            window = frames[:, :1].expand(-1, context, -1, -1, -1)
            age = torch.zeros(batch, dtype=torch.long, device=frames.device)
        else:
            memory, before = Memory.of(belief, levels, self.network.recurrent), {r: belief[f"map_{r}"] for r in levels}
            window, age = belief["window"], belief["age"]
        chain = {r: torch.cat([before[r].unsqueeze(1), maps[r]], 1) for r in levels}
        young = min(max(context - int(age.min()), 0), time)
        windows = self._windows(belief, maps) if young else {}
        hidden = []
        for step in range(young):
            begun = self.network.start(during(windows, slice(step + 1, step + 1 + context)))
            settled = age + step >= context
            if memory is not None and settled.any():
                # Videos of the batch whose context is full go on; the others start anew.
                begun = self._follow(chain, actions, slice(step, step + 1), memory, noise).at(0).where(settled, begun)
            memory = begun
            hidden.append(memory.decoder[1].hidden.unsqueeze(1))
        assert memory is not None
        if young < time:
            followed = self._follow(chain, actions, slice(young, time), memory, noise)
            memory = followed.at(-1)
            hidden.append(followed.decoder[1].hidden)
        beliefs = {"frame": frames, "map_1": maps[1], "decoder_hidden_1": torch.cat(hidden, 1)}
        last = {"frame": frames[:, -1], **named_maps({r: maps[r][:, -1] for r in levels}), **memory.entries()}
        last |= {"window": torch.cat([window, frames], 1)[:, -context:], "age": (age + time).clamp_max(context)}
        return Rollout(pack(beliefs, (batch, time)), pack(last, (batch,)), pack({}, (batch,)))

    def _follow(self, chain: Maps, actions: Tensor | None, times: slice, memory: Memory, noise: Noise) -> Memory:
        """States (batch, time, ...) after frames, whose maps `chain` holds after those of the frame before."""
        maps = during(chain, slice(times.start, times.stop + 1))
        return self.network.follow(maps, None if actions is None else actions[:, times], memory, noise).memory

    def _windows(self, belief: Belief | None, maps: Maps) -> Maps:
        """Maps of the context before the new frames, and of these."""
        before = repeated(maps, self.config.context) if belief is None else self.network.maps(belief["window"])
        return {size: torch.cat([before[size], level], 1) for size, level in maps.items()}

    def _imagine(self, belief: Belief, actions: Tensor | None, horizon: int, noise: Noise) -> Rollout:
        """A frame a step; the states are carried in plain dictionaries, and no frame is seen twice."""
        maps = {r: belief[f"map_{r}"] for r in self.network.levels}
        prior = states(belief, "prior", self.network.levels)
        decoder = states(belief, "decoder", self.network.recurrent)
        seen = []
        for time in range(horizon):
            action = None if actions is None else actions[:, time]
            frame, maps, prior, decoder = self.network.generate(maps, action, prior, decoder, noise)
            seen.append((frame, maps[1], decoder[1].hidden))
        over_time = {
            key: torch.stack(values, 1) for key, values in zip(self.varying, zip(*seen, strict=True), strict=True)
        }
        last = {**dict(belief.items()), "frame": frame, **named_maps(maps)}
        last |= named("prior", prior) | named("decoder", decoder)
        if "age" in last:
            # What was imagined stands: no later frame starts the states anew.
            last["age"] = torch.full_like(last["age"], self.config.context)
        batch = belief.batch_size
        return Rollout(pack(over_time, (*batch, horizon)), pack(last, batch), pack({}, batch))

    def _render(self, beliefs: Entries, constant: Entries) -> Tensor:
        return widen(beliefs["frame"])

    def _features(self, beliefs: Entries, constant: Entries) -> Tensor:
        return torch.cat([beliefs["map_1"].flatten(2), beliefs["decoder_hidden_1"].flatten(2)], -1)


def shorten(frames: Tensor, context: int, probability: float) -> Tensor:
    """The clips (batch, time, ...), some of which stand still for their first frames, as if they began later."""
    last = context - 1
    if not last or not probability:
        return frames
    batch = len(frames)
    short = torch.rand(batch, device=frames.device) < probability
    begin = torch.where(short, torch.randint(1, last + 1, (batch,), device=frames.device), 0)
    times = torch.arange(frames.shape[1], device=frames.device).expand(batch, -1)
    return frames[torch.arange(batch, device=frames.device)[:, None], torch.maximum(times, begin[:, None])]
