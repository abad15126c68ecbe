"""The improved conditional VRNN (Castrejon et al., ICCV 2019): a video VAE with a hierarchy of latents."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from worldmodels.abilities import Bound, Evidence, LogProb
from worldmodels.batch import Batch, incoming
from worldmodels.errors import InputError
from worldmodels.losses import Losses
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Entries, Rollout, pack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_vrnn.bound import analytic_kl, log_likelihood, reconstruction, sampled_kl
from worldmodels_vrnn.config import PRESETS, VRNNConfig
from worldmodels_vrnn.convlstm import State
from worldmodels_vrnn.encoder import Maps, during, repeated
from worldmodels_vrnn.gaussian import kl
from worldmodels_vrnn.hierarchy import States
from worldmodels_vrnn.network import (
    Followed,
    Memory,
    Network,
    memory_at,
    memory_join,
    memory_where,
    named,
    named_maps,
)


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
        frames, context = self._shorten(batch.frames), self.config.context
        maps, followed = self._follow_clip(frames, incoming(batch.actions), Noise())
        windows = self._windows(None, during(maps, slice(context)))
        starts = [self.network.start(during(windows, slice(time, time + context))) for time in range(1, context + 1)]
        beliefs = {"frame": frames, **named_maps({r: maps[r] for r in self.network.levels})}
        for net, states in memory_join(starts, followed.memory)._asdict().items():
            beliefs |= named(net, states)
        age = torch.full((len(frames),), context, device=frames.device)
        last = {**{key: value[:, -1] for key, value in beliefs.items()}, "window": frames[:, -context:], "age": age}
        # The posterior's states follow frames only; who imagines on does not need them.
        kept = {key: value for key, value in beliefs.items() if not key.startswith("posterior_")}
        rollout = Rollout(pack(kept, frames.shape[:2]), pack(last, age.shape), pack({}, age.shape))
        return Losses(self._terms(frames, followed, moment.progress), rollout)

    def _log_prob(self, frames: Tensor, actions: Tensor | None, context: int, samples: int, noise: Noise) -> LogProb:
        """Of one draw the evidence bound (Equation 4.5), of more the importance-weighted one (Burda et al., 2016).

        A pixel's density is a Laplace of scale 1, a Gaussian of variance 1/2 or a Bernoulli, as the loss says; the
        last is a probability only where frames are black and white.
        """
        if context != self.config.context:
            raise InputError(f"context={context} given; this model was trained with {self.config.context}.")
        weights = [self._log_weight(frames, actions, noise) for _ in range(samples)]
        bound = torch.stack(weights).logsumexp(0) - math.log(samples)
        levels = 1 if self.config.pixels == "bce" else 256
        return LogProb(bound, frames[0, context:].numel(), exact=False, levels=levels)

    def _evidence(self, frames: Tensor, actions: Tensor | None, noise: Noise) -> Bound:
        """With analytic divergences, as the paper's tables have them."""
        followed = self._follow_clip(frames, actions, noise)[1]
        seen = (self.network, followed, frames[:, self.config.context :], self.config.pixels)
        divergences = {str(level): kl(q, p) for level, q, p in self.network.divergent(followed)}
        return Bound(log_likelihood(*seen), reconstruction(*seen), divergences)

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
            painted: Tensor = self.network.decoder.logits(followed.decoded).sigmoid()
            return painted

    def _log_weight(self, frames: Tensor, actions: Tensor | None, noise: Noise) -> Tensor:
        """Log p(x, z) - log q(z | x) of a draw from q, (batch,)."""
        followed = self._follow_clip(frames, actions, noise)[1]
        scored = frames[:, self.config.context :]
        return log_likelihood(self.network, followed, scored, self.config.pixels) - sampled_kl(self.network, followed)

    def _terms(self, frames: Tensor, followed: Followed, progress: float) -> dict[str, Tensor]:
        c = self.config
        loss = reconstruction(self.network, followed, frames[:, c.context :], c.pixels).mean()
        divergence = (sampled_kl if c.kl == "sample" else analytic_kl)(self.network, followed).mean()
        weight = c.beta * (min(1.0, progress / c.beta_warmup) if c.beta_warmup else 1.0)
        return {"reconstruction": loss, "kl": divergence, "total": loss + weight * divergence}

    def _follow_clip(self, frames: Tensor, actions: Tensor | None, noise: Noise) -> tuple[Maps, Followed]:
        """The maps of a clip's frames, and what following those after the context yields."""
        context = self.config.context
        maps = self.network.maps(frames)
        memory = self.network.start(during(maps, slice(context)))
        rest = during(maps, slice(context - 1, None))
        into = None if actions is None else actions[:, context:]
        return maps, self.network.follow(rest, into, memory, noise)

    def _shorten(self, frames: Tensor) -> Tensor:
        """The clips, some of which stand still for their first frames, as if they began later."""
        last = self.config.context - 1
        if not last or not self.config.short_starts:
            return frames
        batch = len(frames)
        short = torch.rand(batch, device=frames.device) < self.config.short_starts
        begin = torch.where(short, torch.randint(1, last + 1, (batch,), device=frames.device), 0)
        times = torch.arange(frames.shape[1], device=frames.device).expand(batch, -1)
        return frames[torch.arange(batch, device=frames.device)[:, None], torch.maximum(times, begin[:, None])]

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        context, time, maps = self.config.context, frames.shape[1], self.network.maps(frames)
        before = self._blank(frames, maps) if belief is None else belief
        memory, age = None if belief is None else self._memory(belief), before.get("age")
        chain = {r: torch.cat([before.get(f"map_{r}").unsqueeze(1), maps[r]], 1) for r in self.network.levels}
        young = min(max(context - int(age.min()), 0), time)
        windows = self._windows(belief, maps) if young else {}
        hidden = []
        for step in range(young):
            begun = self.network.start(during(windows, slice(step + 1, step + 1 + context)))
            memory = begun if memory is None else self._settle(begun, memory, chain, actions, step, age, noise)
            hidden.append(memory.decoder[1].hidden.unsqueeze(1))
        assert memory is not None
        if young < time:
            followed = self._follow(chain, actions, slice(young, time), memory, noise)
            memory = memory_at(followed, -1)
            hidden.append(followed.decoder[1].hidden)
        beliefs = {"frame": frames, "map_1": maps[1], "decoder_hidden_1": torch.cat(hidden, 1)}
        window = torch.cat([before.get("window"), frames], 1)[:, -context:]
        newest = {r: maps[r][:, -1] for r in self.network.levels}
        last = self._belief(frames[:, -1], newest, memory, window, (age + time).clamp_max(context))
        return Rollout(pack(beliefs, frames.shape[:2]), last, pack({}, frames.shape[:1]))

    def _settle(
        self, begun: Memory, memory: Memory, chain: Maps, actions: Tensor | None, step: int, age: Tensor, noise: Noise
    ) -> Memory:
        """States after one frame: those just begun for items that are young still, else those that went on."""
        settled = age + step >= self.config.context
        if not settled.any():
            return begun
        following = memory_at(self._follow(chain, actions, slice(step, step + 1), memory, noise), 0)
        return memory_where(settled, following, begun)

    def _follow(self, chain: Maps, actions: Tensor | None, times: slice, memory: Memory, noise: Noise) -> Memory:
        """States (batch, time, ...) after frames, whose maps `chain` holds after those of the frame before."""
        maps = during(chain, slice(times.start, times.stop + 1))
        return self.network.follow(maps, None if actions is None else actions[:, times], memory, noise).memory

    def _windows(self, belief: Belief | None, maps: Maps) -> Maps:
        """Maps of the context before the new frames, and of these."""
        context = self.config.context
        before = repeated(maps, context) if belief is None else self.network.maps(belief.get("window"))
        return {size: torch.cat([before[size], level], 1) for size, level in maps.items()}

    def _step(self, belief: Belief, action: Tensor | None, noise: Noise) -> Belief:
        return self._imagine(belief, None if action is None else action.unsqueeze(1), 1, noise).last

    def _imagine(self, belief: Belief, actions: Tensor | None, horizon: int, noise: Noise) -> Rollout:
        """A frame a step; the states are carried in plain dictionaries, and no frame is seen twice."""
        maps = {r: belief.get(f"map_{r}") for r in self.network.levels}
        prior, decoder = self._states(belief, "prior"), self._states(belief, "decoder")
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
        frames: Tensor = beliefs.get("frame")
        return frames if frames.dtype == torch.float64 else frames.float()  # autocast leaves half precision

    def _features(self, beliefs: Entries, constant: Entries) -> Tensor:
        return torch.cat([beliefs.get("map_1").flatten(2), beliefs.get("decoder_hidden_1").flatten(2)], -1)

    def _blank(self, frames: Tensor, maps: Maps) -> Belief:
        """What stands for a belief before the first frame."""
        window = frames[:, :1].expand(-1, self.config.context, -1, -1, -1)
        age = torch.zeros(len(frames), dtype=torch.long, device=frames.device)
        newest = {r: maps[r][:, 0] for r in self.network.levels}
        return pack({"window": window, "age": age, **named_maps(newest)}, age.shape)

    def _belief(self, frame: Tensor, maps: Maps, memory: Memory, window: Tensor, age: Tensor) -> Belief:
        entries = {"frame": frame, "window": window, "age": age, **named_maps(maps)}
        for net, states in memory._asdict().items():
            entries |= named(net, states)
        return pack(entries, age.shape)

    def _memory(self, belief: Belief) -> Memory:
        return Memory(*(self._states(belief, net) for net in Memory._fields))

    def _states(self, belief: Belief, net: str) -> States:
        sizes = self.network.recurrent if net == "decoder" else self.network.levels
        return {size: State(*(belief.get(f"{net}_{part}_{size}") for part in State._fields)) for size in sizes}
