"""SRVP: stochastic latent residual video prediction (Franceschi et al., ICML 2020)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from worldmodels.abilities import AnyTime, Swappable
from worldmodels.batch import Batch, incoming
from worldmodels.blocks import State, widen
from worldmodels.blocks.pyramid import PyramidDecoder
from worldmodels.losses import Losses
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Entries, Rollout, pack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_srvp.architecture import build_architecture
from worldmodels_srvp.config import PRESETS, SRVPConfig
from worldmodels_srvp.dynamics import Dynamics, at
from worldmodels_srvp.first_frames import FirstFrames, shorten
from worldmodels_srvp.inference import Content, Inference, NoContent
from worldmodels_srvp.likelihood import bernoulli_nll, gaussian_nll


class SRVP(AnyTime, Swappable):
    """A state y that moves by residuals, latents z that make its moves random, and a content w that stays.

    Imagining never touches frames: a step is the prior of z and f. The state is inferred from a video's
    first `inference_frames` frames and follows the later ones through the posterior of z; w reads the last
    `inference_frames`. While fewer were seen, the newest stands in for the missing ones of y's start, and the
    first for those of w. Skip connections come from the last frame seen: what is imagined shares one frame's, while
    after `observe(every=True)` every belief has its own frame's.

    A belief holds y, w, the LSTM's state (`hidden`, `cell`), the `recent` encodings that w reads, the
    entries of `FirstFrames`, and with skip connections `skip0`, ...; `imagine` reads y alone.
    """

    Config = SRVPConfig
    presets = PRESETS
    varying = ("y", "w")
    weighted = True
    render_frames = 64  # more at once than fit a processor's cache take longer

    def __init__(self, spec: WorldSpec, config: SRVPConfig | None = None) -> None:
        super().__init__(spec, config)
        c: SRVPConfig = self.config
        self.encoder, self.decoder = build_architecture(c, spec.frame_shape)
        self.inference = Inference(c)
        self.content = Content(c.encoding, c.content) if c.content else NoContent()
        self.dynamics = Dynamics(c, self.codec)
        self.feature_dim = c.state + c.content
        self.minimum_frames = max(2, c.inference_frames)
        self.constant = tuple(f"skip{index}" for index in range(4)) if c.skips else ()
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it

    def losses(self, batch: Batch, moment: Moment) -> Losses:
        """The negative evidence bound (Equation 6) and the residuals' length, as Equation 7 weighs them."""
        c: SRVPConfig = self.config
        noise, frames, (videos, time) = Noise(), batch.frames, batch.frames.shape[:2]
        first, actions = c.inference_frames, incoming(batch.actions)
        encodings, maps = self._encode(frames)

        # q(y_1 | x_1..k) and q(z_t | x_1..t), along which y follows f (Equations 2 and 5).
        q_y = self.inference.start(shorten(encodings[:, :first], c.short_starts))
        q_z, state = self.inference.latents(encodings)
        z = q_z.rsample(noise)
        y, lengths = self.dynamics.follow(q_y.rsample(noise), z, actions)
        p_z = self.dynamics.prior(y[:, :-1], batch.actions)

        # w and the skips are of random frames, so that they cannot tell one time from another (Equation 3).
        w = self.content(pick(encodings, _random_frames(batch, first)))
        source = _random_frames(batch, 1) if c.skips else None
        skips = [] if source is None else [pick(level, source)[:, 0] for level in maps]

        # -log p(x_1..T | y, w), estimated from some frames where decoding all would take most of a step.
        chosen: Tensor | slice = slice(None)
        some = batch
        if 0 < c.decoded_frames < time:
            chosen = _random_frames(replace(batch, weights=None), c.decoded_frames)
            some = batch if batch.weights is None else replace(batch, weights=pick(batch.weights, chosen))
        targets, decoded = pick(frames, chosen), pick(y, chosen)
        logits = self._decode(decoded, w.unsqueeze(1).expand(-1, decoded.shape[1], -1), skips)
        gaussian = c.likelihood == "gaussian"
        nll = gaussian_nll(logits, targets, c.std) if gaussian else bernoulli_nll(logits, targets)

        warm = min(1.0, moment.progress / c.kl_warmup) if c.kl_warmup else 1.0
        standard = q_y.standard(q_y.mean)
        terms = {
            "reconstruction": time * some.mean(nll),
            "kl_start": batch.mean(q_y.kl(standard).sum(-1)),
            "kl": (time - 1) * batch.mean(q_z.map(lambda part: part[:, 1:]).kl(p_z).sum(-1), first=1),
            "residual": (time - 1) * batch.mean(lengths, first=1),
        }
        if c.per == "frame":
            terms = {name: term / time for name, term in terms.items()}
        divergences = warm * (c.beta_start * terms["kl_start"] + c.beta * terms["kl"])
        terms["total"] = terms["reconstruction"] + divergences + c.residual_penalty * terms["residual"]

        begun = z.new_zeros(videos, first, 0) if actions is None else actions[:, :first]
        age = torch.full((videos,), time, device=y.device)
        start = FirstFrames(encodings[:, :first], z[:, :first], begun, age)
        last = {"y": y[:, -1], "w": w, **state._asdict(), "recent": encodings[:, -first:], **start.entries()}
        last |= zip(self.constant, skips, strict=True)
        return Losses(terms, self._rollout(pack(last, (videos,)), y))

    def swap_content(self, belief: Belief, content: Belief) -> Belief:
        """`belief` with the appearance of `content`: its w, and its skip connections where there are any."""
        taken = {key: content.get(key) for key in ("w", "recent", *self.constant)}
        return pack({**dict(belief.items()), **taken}, belief.batch_size)

    def interpolate(self, belief: Belief, other: Belief, share: float) -> Belief:
        """`belief` with its state y moved a `share` of the way to `other`'s, its looks kept (Figure 9 of the paper).

        What is imagined from shares between 0 and 1 goes over from the one's motion to the other's.
        """
        return _moved(belief, torch.lerp(belief.get("y"), other.get("y"), share), self.config.inference_frames)

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        first, (videos, time) = self.config.inference_frames, frames.shape[:2]
        encodings, maps = self._encode(frames)
        before = self._nothing_seen(encodings[:, 0]) if belief is None else belief
        q_z, state = self.inference.latents(encodings, State(before.get("hidden"), before.get("cell")))
        y, start = self._filter(before, encodings, q_z.rsample(noise), actions, noise)
        window = torch.cat([before.get("recent"), encodings], 1)
        w = self.content.windows(window[:, 1:], first)
        seen = dict(zip(self.constant, maps, strict=False))
        last = {"y": y[:, -1], "w": w[:, -1], **state._asdict(), "recent": window[:, -first:], **start.entries()}
        last |= {key: level[:, -1].clone() for key, level in seen.items()}
        return Rollout(pack({"y": y, "w": w, **seen}, (videos, time)), pack(last, (videos,)), pack({}, (videos,)))

    def _nothing_seen(self, encoding: Tensor) -> Belief:
        """What stands for a belief before the first frame, given its encoding (batch, encoding)."""
        c: SRVPConfig = self.config
        start = FirstFrames.empty(encoding, c.inference_frames, c.latent, self.codec.dim)
        recent = encoding.unsqueeze(1).expand(-1, c.inference_frames, -1)
        entries = {"y": encoding.new_zeros(len(encoding), c.state), "recent": recent}
        entries |= self.inference.lstm.rest(encoding)._asdict()
        return pack({**entries, **start.entries()}, (len(encoding),))

    def _filter(
        self, belief: Belief, encodings: Tensor, z: Tensor, actions: Tensor | None, noise: Noise
    ) -> tuple[Tensor, FirstFrames]:
        """The states (batch, time, state) after each frame."""
        y, start, first = belief.get("y"), FirstFrames.of(belief), self.config.inference_frames
        unsettled = first - int(start.age.min())
        states = []
        for time in range(z.shape[1]):
            new, action = start.age < first, at(actions, time)
            y = self.dynamics(y, z[:, time], action)
            if time < unsettled:
                start = start.add(encodings[:, time], z[:, time], action)
                y = torch.where(new.unsqueeze(1), self._restart(start, noise), y)
            states.append(y)
        seen = max(z.shape[1] - max(unsettled, 0), 0)
        return torch.stack(states, 1), start._replace(age=start.age + seen)

    def _restart(self, start: FirstFrames, noise: Noise) -> Tensor:
        """The newest state, followed from a first one that is inferred anew."""
        y = self.inference.start(start.encodings).rsample(noise)
        for frame in range(1, self.config.inference_frames):
            following = self.dynamics(y, start.latents[:, frame], start.actions[:, frame] if self.codec.dim else None)
            y = torch.where((frame < start.age).unsqueeze(1), following, y)
        return y

    def _imagine(self, belief: Belief, actions: Tensor | None, horizon: int, noise: Noise) -> Rollout:
        y, states = belief.get("y"), []
        for time in range(horizon):
            action = at(actions, time)
            y = self.dynamics(y, self.dynamics.prior(y, action).rsample(noise), action)
            states.append(y)
        return self._rollout(_moved(belief, y, self.config.inference_frames), torch.stack(states, 1))

    def _imagine_at(self, belief: Belief, times: Tensor, actions: Tensor | None, noise: Noise) -> Rollout:
        """States at any times, by Euler steps of which the last is as short as it takes (Equation 2 of the paper).

        Within a frame interval z and the action stay. Dynamics without residuals take one step a frame, so that
        between two frames their states lie on the straight line.
        """
        dynamics, y = self.dynamics, belief.get("y")
        states, dt = y.new_zeros(*times.shape, y.shape[-1]), 1 / dynamics.steps
        for frame in range(math.ceil(float(times.max()))):
            action = at(actions, frame)
            z = dynamics.prior(y, action).rsample(noise)
            for step in range(dynamics.steps):
                change = dynamics.change(y, z, action, dt)
                ahead = (times - frame - step * dt) / dt
                # A time that is a whole number of steps is where its last step ends, rounding aside.
                reached = (ahead > 1e-6) & (ahead <= 1 + 1e-6)
                between = y.unsqueeze(1) + ahead.clamp(0, 1).unsqueeze(-1) * change.unsqueeze(1)
                states = torch.where(reached.unsqueeze(-1), between, states)
                y = y + change
        latest = states[torch.arange(len(y), device=y.device), times.argmax(1)]
        return self._rollout(_moved(belief, latest, self.config.inference_frames), states)

    def _render(self, beliefs: Entries, constant: Entries) -> Tensor:
        skips = [constant[key] if key in constant else beliefs[key].flatten(0, 1) for key in self.constant]
        return self._decode(beliefs["y"], beliefs["w"], skips).sigmoid()

    def _features(self, beliefs: Entries, constant: Entries) -> Tensor:
        return torch.cat([beliefs["y"], beliefs["w"]], -1)

    def _encode(self, frames: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Encodings (batch, time, encoding), and feature maps with the same leading axes."""
        encodings, maps = self.encoder(frames.flatten(0, 1))
        time = frames.shape[:2]
        return widen(encodings).unflatten(0, time), [level.unflatten(0, time) for level in maps]

    def _decode(self, y: Tensor, w: Tensor, maps: Sequence[Tensor]) -> Tensor:
        """Logits (batch, time, channel, height, width); the networks read (w, y), as the authors' do."""
        skips = self.decoder.skips(maps) if maps and isinstance(self.decoder, PyramidDecoder) else ()
        logits = widen(self.decoder(torch.cat([w, y], -1).flatten(0, 1), skips))
        return logits.view(y.shape[:2] + logits.shape[1:])

    def _rollout(self, last: Belief, states: Tensor) -> Rollout:
        """States (batch, time, state) as a rollout that ends in a belief, whose content is that of all times."""
        batch, time = states.shape[:2]
        over_time = {"y": states, "w": last.get("w").unsqueeze(1).expand(-1, time, -1)}
        constant = {key: last.get(key) for key in self.constant}
        return Rollout(pack(over_time, (batch, time)), last, pack(constant, (batch,)))


def _moved(belief: Belief, y: Tensor, first: int) -> Belief:
    """The belief an imagined step on; its start is settled, since no frame could correct what was imagined."""
    entries = {**dict(belief.items()), "y": y}
    if "age" in entries:
        entries["age"] = entries["age"].clamp_min(first)
    return pack(entries, y.shape[:1])


def pick(values: Tensor, index: Tensor | slice) -> Tensor:
    """Entries `index`, (batch, k) or a slice, along the time axis of values (batch, time, ...)."""
    if isinstance(index, slice):
        return values[:, index]
    return values[torch.arange(len(values), device=values.device).unsqueeze(1), index]


def _random_frames(batch: Batch, count: int) -> Tensor:
    """Indices (batch, count) of as many different random frames of each video, none of them padding."""
    order = torch.rand(batch.frames.shape[:2], device=batch.frames.device)
    if batch.weights is not None:
        order = order + (batch.weights == 0)
    return order.argsort(1)[:, :count]
