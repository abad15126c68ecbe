"""SRVP: stochastic latent residual video prediction (Franceschi et al., ICML 2020)."""

from __future__ import annotations

import math

import torch
from tensordict import TensorDict
from torch import Tensor

from worldmodels.abilities import AnyTime, Swappable
from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.losses import Losses
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Entries, Rollout, pack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_srvp.architecture import build_architecture
from worldmodels_srvp.config import PRESETS, SRVPConfig
from worldmodels_srvp.dynamics import Dynamics
from worldmodels_srvp.gaussian import Gaussian, bernoulli_nll, gaussian_nll, kl, kl_from_standard, pick, widen
from worldmodels_srvp.inference import Content, Inference
from worldmodels_srvp.start import Start, shorten


class SRVP(AnyTime, Swappable):
    """A state y that moves by residuals, latents z that make its moves random, and a content w that stays.

    Imagining never touches frames: a step is the prior of z and f. The state is inferred from a video's
    first `inference_frames` frames and follows the later ones through the posterior of z; w reads the last
    `inference_frames`. While fewer were seen, the newest stands in for the missing ones of y's start, and the
    first for those of w. Skip connections come from the last frame seen: what is imagined shares one frame's, while
    after `observe(every=True)` every belief has its own frame's.

    A belief holds y, w, the LSTM's state (`hidden`, `cell`), the `recent` encodings that w reads, the
    `start_*` entries and `age` of `Start`, and with skip connections `skip0`, ...; `imagine` reads y alone.
    """

    Config = SRVPConfig
    presets = PRESETS
    varying = ("y", "w")
    render_frames = 64  # more at once than fit a processor's cache take longer

    def __init__(self, spec: WorldSpec, config: SRVPConfig | None = None) -> None:
        super().__init__(spec, config)
        c = self.config
        self.encoder, self.decoder = build_architecture(c, spec.frame_shape)
        self.inference = Inference(c)
        self.content = Content(c.encoding, c.content) if c.content else None
        self.dynamics = Dynamics(c, self.codec)
        self.feature_dim = c.state + c.content
        self.minimum_frames = max(2, c.inference_frames)
        self.constant = tuple(f"skip{index}" for index in range(4)) if c.skips else ()
        self.to(memory_format=torch.channels_last)

    def swap_content(self, belief: Belief, content: Belief) -> Belief:
        """`belief` with the appearance of `content`: its w, and its skip connections where there are any."""
        taken = {key: content.get(key) for key in ("w", "recent", *self.constant)}
        return pack({**dict(belief.items()), **taken}, belief.batch_size)

    def interpolate(self, belief: Belief, other: Belief, share: float) -> Belief:
        """`belief` with its state y moved a `share` of the way to `other`'s, its looks kept (Figure 9 of the paper).

        What is imagined from shares between 0 and 1 goes over from the one's motion to the other's.
        """
        return self._moved(belief, torch.lerp(belief.get("y"), other.get("y"), share))

    def losses(self, batch: Batch, moment: Moment) -> Losses:
        """The negative evidence bound's terms and the residuals' length (Equation 7 of the paper).

        The beliefs are the posterior states of the same pass; w reads random frames of each clip.
        """
        frames, time = batch.frames, batch.frames.shape[1]
        encodings, maps = self._encode(frames)
        noise = Noise()
        q_y = self.inference.start(shorten(encodings[:, : self.config.inference_frames], self.config.short_starts))
        q_z, state = self.inference.latents(encodings)
        z = noise.gaussian(*q_z)
        actions = _first_has_none(batch.actions)
        y, residuals = self._follow(noise.gaussian(*q_y), z, actions)
        p_z = self.dynamics.prior(y[:, :-1], batch.actions)
        w = self._content(pick(encodings, _random_frames(frames, self.config.inference_frames)))
        source = _random_frames(frames, 1) if self.config.skips else None
        skips = [] if source is None else [pick(level, source)[:, 0] for level in maps]
        nll = self._clips_nll(frames, y, w, skips)
        terms = {
            "reconstruction": nll.mean(),
            "kl_start": kl_from_standard(q_y).mean(),
            "kl": kl(_after_first(q_z), p_z).sum(1).mean(),
            "residual": residuals.mean(),
        }
        beliefs = self._posterior(y, w, z, actions, encodings, state, skips)
        return Losses(self._total(terms, time, moment.progress), beliefs)

    def _total(self, terms: dict[str, Tensor], time: int, progress: float) -> dict[str, Tensor]:
        c = self.config
        warm = min(1.0, progress / c.kl_warmup) if c.kl_warmup else 1.0
        if c.per == "frame":
            terms = {name: term / time for name, term in terms.items()}
        weights = {
            "reconstruction": 1.0,
            "kl_start": warm * c.beta_start,
            "kl": warm * c.beta,
            "residual": c.residual_penalty,
        }
        return {**terms, "total": sum((weights[name] * term for name, term in terms.items()), torch.zeros(()))}

    def _follow(self, y: Tensor, z: Tensor, actions: Tensor | None) -> tuple[Tensor, Tensor]:
        """The states (batch, time, state) along z from the first one, and the residuals' length (batch,)."""
        states, length = [y], y.new_zeros(len(y))
        dt = 1 / self.dynamics.steps
        for time in range(1, z.shape[1]):
            for _ in range(self.dynamics.steps):
                change = self.dynamics.change(y, z[:, time], _at(actions, time), dt)
                y = y + change
                length = length + torch.linalg.vector_norm(change, dim=-1)
            states.append(y)
        return torch.stack(states, 1), length

    def _clips_nll(self, frames: Tensor, y: Tensor, w: Tensor, skips: list[Tensor]) -> Tensor:
        """-log p(frames | y, w) of each clip in nats, (batch,); estimated from some frames if so configured."""
        time, decoded = frames.shape[1], self.config.decoded_frames
        if 0 < decoded < time:
            chosen = _random_frames(frames, decoded)
            frames, y = pick(frames, chosen), pick(y, chosen)
        return time * self._frame_nll(frames, y, w, skips).mean(1)

    def _frame_nll(self, frames: Tensor, y: Tensor, w: Tensor, skips: list[Tensor]) -> Tensor:
        """-log p(frame | y, w) of each frame in nats, (batch, time)."""
        logits = self._decode(y, w.unsqueeze(1).expand(-1, y.shape[1], -1), skips)
        gaussian = self.config.likelihood == "gaussian"
        return gaussian_nll(logits, frames, self.config.std) if gaussian else bernoulli_nll(logits, frames)

    def _posterior(
        self,
        y: Tensor,
        w: Tensor,
        z: Tensor,
        actions: Tensor | None,
        encodings: Tensor,
        state: tuple[Tensor, Tensor],
        skips: list[Tensor],
    ) -> Rollout:
        """What training followed, as a rollout whose last belief can go on."""
        batch, time = y.shape[:2]
        first = self.config.inference_frames
        begun = z.new_zeros(batch, first, 0) if actions is None else actions[:, :first]
        age = torch.full((batch,), time, device=y.device)
        start = Start(encodings[:, :first], z[:, :first], begun, age)
        last = self._belief(y[:, -1], w, state, encodings[:, -first:], start, skips)
        over_time = {"y": y, "w": w.unsqueeze(1).expand(-1, time, -1)}
        return Rollout(pack(over_time, (batch, time)), last, self._constants(last))

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        encodings, maps = self._encode(frames)
        before = self._blank(encodings[:, 0]) if belief is None else belief
        state = None if belief is None else (belief.get("hidden"), belief.get("cell"))
        q_z, state = self.inference.latents(encodings, state)
        y, start = self._filter(before, encodings, noise.gaussian(*q_z), actions, noise)
        window = torch.cat([before.get("recent"), encodings], 1)
        w = self._contents(window)
        seen = dict(zip(self.constant, maps, strict=False))
        skips = [level[:, -1].clone() for level in seen.values()]
        recent = window[:, -self.config.inference_frames :]
        last = self._belief(y[:, -1], w[:, -1], state, recent, start, skips)
        return Rollout(pack({"y": y, "w": w, **seen}, y.shape[:2]), last, pack({}, y.shape[:1]))

    def _filter(
        self, belief: Belief, encodings: Tensor, z: Tensor, actions: Tensor | None, noise: Noise
    ) -> tuple[Tensor, Start]:
        """The states (batch, time, state) after each frame."""
        y, start = (
            belief.get("y"),
            Start(*(belief.get(f"start_{name}") for name in Start._fields[:3]), belief.get("age")),
        )
        unsettled = self.config.inference_frames - int(start.age.min())
        states = []
        for time in range(z.shape[1]):
            new, action = start.age < self.config.inference_frames, _at(actions, time)
            y = self.dynamics(y, z[:, time], action)
            if time < unsettled:
                start = start.add(encodings[:, time], z[:, time], z.new_zeros(len(z), 0) if action is None else action)
                y = torch.where(new.unsqueeze(1), self._restart(start, noise), y)
            states.append(y)
        seen = max(z.shape[1] - max(unsettled, 0), 0)
        return torch.stack(states, 1), start._replace(age=start.age + seen)

    def _restart(self, start: Start, noise: Noise) -> Tensor:
        """The newest state, followed from a first one that is inferred anew."""
        y = noise.gaussian(*self.inference.start(start.encodings))
        for frame in range(1, self.config.inference_frames):
            following = self.dynamics(y, start.latents[:, frame], start.actions[:, frame] if self.codec.dim else None)
            y = torch.where((frame < start.age).unsqueeze(1), following, y)
        return y

    def _step(self, belief: Belief, action: Tensor | None, noise: Noise) -> Belief:
        y = belief.get("y")
        z = noise.gaussian(*self.dynamics.prior(y, action))
        return self._moved(belief, self.dynamics(y, z, action))

    def _imagine_at(self, belief: Belief, times: Tensor, actions: Tensor | None, noise: Noise) -> Rollout:
        """States on the way of one Euler step after the other, at any times (Equation 2 of the paper).

        Within a frame interval z and the action stay, and the last step before a time is as short as it takes.

        Raises:
            InputError: for times between frames and dynamics that are no residuals.
        """
        if self.dynamics.kind != "residual" and bool((times % 1).any()):
            raise InputError(f"times between frames given; {self.dynamics.kind} dynamics know whole frames only.")
        y, w, queries = belief.get("y"), belief.get("w"), times.shape[1]
        states = y.new_zeros(len(y), queries, y.shape[-1])
        dt = 1 / self.dynamics.steps
        for frame in range(math.ceil(float(times.max()))):
            action = _at(actions, frame)
            z = noise.gaussian(*self.dynamics.prior(y, action))
            for step in range(self.dynamics.steps):
                change = self.dynamics.change(y, z, action, dt)
                ahead = (times - frame - step * dt) / dt
                reached = (ahead > 1e-6) & (ahead <= 1 + 1e-6)
                between = y.unsqueeze(1) + ahead.clamp(0, 1).unsqueeze(-1) * change.unsqueeze(1)
                states = torch.where(reached.unsqueeze(-1), between, states)
                y = y + change
        return self._rollout(belief, states, times, w)

    def _imagine(self, belief: Belief, actions: Tensor | None, horizon: int, noise: Noise) -> Rollout:
        y, w = belief.get("y"), belief.get("w")
        states = []
        for time in range(horizon):
            action = _at(actions, time)
            y = self.dynamics(y, noise.gaussian(*self.dynamics.prior(y, action)), action)
            states.append(y)
        return self._rollout(belief, torch.stack(states, 1), None, w)

    def _rollout(self, belief: Belief, states: Tensor, times: Tensor | None, w: Tensor) -> Rollout:
        """States over time as a rollout, whose last belief is at the latest time."""
        batch, count = states.shape[:2]
        latest = states[:, -1] if times is None else states[torch.arange(batch, device=times.device), times.argmax(1)]
        last = self._moved(belief, latest)
        over_time = {"y": states, "w": w.unsqueeze(1).expand(-1, count, -1)}
        return Rollout(pack(over_time, (batch, count)), last, self._constants(last))

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

    def _decode(self, y: Tensor, w: Tensor, skips: list[Tensor]) -> Tensor:
        """Logits (batch, time, channel, height, width); the networks read (w, y), as the authors' do."""
        logits: Tensor = self.decoder(torch.cat([w, y], -1).flatten(0, 1), skips)
        return widen(logits).unflatten(0, y.shape[:2])

    def _content(self, encodings: Tensor) -> Tensor:
        return encodings.new_zeros(len(encodings), 0) if self.content is None else self.content(encodings)

    def _contents(self, window: Tensor) -> Tensor:
        """The content after each new frame, from a window that begins with the recent encodings before the first."""
        frames = self.config.inference_frames
        if self.content is None:
            return window.new_zeros(len(window), window.shape[1] - frames, 0)
        return self.content.windows(window[:, 1:], frames)

    def _blank(self, encoding: Tensor) -> Belief:
        """The belief before any frame, given the encoding (batch, encoding) of the first."""
        c, batch = self.config, len(encoding)
        start = Start.empty(encoding, c.inference_frames, c.latent, self.codec.dim)
        recent = encoding.unsqueeze(1).expand(-1, c.inference_frames, -1)
        nothing = encoding.new_zeros(batch, c.state)
        return self._belief(nothing, nothing, (nothing, nothing), recent, start, [])

    def _belief(
        self,
        y: Tensor,
        w: Tensor,
        state: tuple[Tensor, Tensor],
        recent: Tensor,
        start: Start,
        skips: list[Tensor],
    ) -> Belief:
        entries = {"y": y, "w": w, "hidden": state[0], "cell": state[1], "recent": recent, "age": start.age}
        entries |= {f"start_{name}": getattr(start, name) for name in Start._fields[:3]}
        entries |= {f"skip{index}": skip for index, skip in enumerate(skips)}
        return pack(entries, y.shape[:1])

    def _moved(self, belief: Belief, y: Tensor) -> Belief:
        """The belief an imagined step on; its start is settled, since no frame could correct what was imagined."""
        entries = {**dict(belief.items()), "y": y}
        if "age" in entries:
            entries["age"] = entries["age"].clamp_min(self.config.inference_frames)
        return pack(entries, y.shape[:1])

    def _constants(self, belief: Belief) -> TensorDict:
        return pack({key: belief.get(key) for key in self.constant}, belief.batch_size)


def _at(actions: Tensor | None, time: int) -> Tensor | None:
    return None if actions is None else actions[:, time]


def _first_has_none(actions: Tensor | None) -> Tensor | None:
    """Actions (batch, time, action), each of which leads into the frame of its index; none led into the first."""
    return None if actions is None else torch.cat([torch.zeros_like(actions[:, :1]), actions], 1)


def _after_first(q: Gaussian) -> Gaussian:
    return Gaussian(q.mean[:, 1:], q.std[:, 1:])


def _random_frames(frames: Tensor, count: int) -> Tensor:
    """Indices (batch, count) of as many different random frames of each video."""
    return torch.rand(frames.shape[:2], device=frames.device).argsort(1)[:, :count]
