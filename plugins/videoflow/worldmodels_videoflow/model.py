"""VideoFlow: a flow of each frame and an autoregressive prior of its latents (Kumar et al., 2019)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from worldmodels.abilities import Likelihood, LogProb
from worldmodels.batch import Batch, incoming
from worldmodels.errors import InputError
from worldmodels.losses import Losses
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Entries, Rollout, pack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_videoflow.actnorm import fitting
from worldmodels_videoflow.cells import Cells
from worldmodels_videoflow.config import PRESETS, VideoFlowConfig
from worldmodels_videoflow.flow import Flow, Level
from worldmodels_videoflow.prior import LevelPrior


class VideoFlow(Likelihood):
    """Frames become latents at several levels, of which a prior predicts the next; likelihoods are exact.

    A belief holds the latents of the last frames, what the finest level sends up (`up`: all that the other levels
    hold, on the finest grid), and how many frames it has seen (`age`). Imagining draws latents from the top level
    down; it inverts the flow of the higher levels, on which the lower levels' priors depend, but not that of the
    finest, the most expensive one, which only rendering needs.
    """

    Config = VideoFlowConfig
    presets = PRESETS

    def __init__(self, spec: WorldSpec, config: VideoFlowConfig | None = None) -> None:
        super().__init__(spec, config)
        settings = self.config
        channels, height, width = spec.frame_shape
        scale = 2**settings.levels
        if height % scale or width % scale:
            raise InputError(f"frames of {height} x {width} and {settings.levels} levels: multiples of {scale} fit.")
        self.cells = Cells(settings.grey_levels, settings.cells, settings.cell_deviations)
        levels: list[Level] = []
        sizes: list[int] = []
        self.priors = nn.ModuleList()
        for level in range(settings.levels):
            top = level == settings.levels - 1
            affine = settings.coupling == "affine"
            arguments = (channels, settings.steps, settings.width, affine, settings.coupling_gates, top)
            levels.append(Level(*arguments, settings.recompute))
            channels, height, width = levels[-1].channels, height // 2, width // 2
            sizes.append(channels * height * width)
            self.priors.append(LevelPrior.of(settings, channels, (height, width), self.codec.dim, top=top))
        self.flow = Flow(levels)
        self.minimum_frames, self.lookback = settings.context + 1, max(1, int(settings.lookback))
        self.varying = tuple(f"latent{level}" for level in range(settings.levels))
        self.varying += ("up", "age") if settings.levels > 1 else ("age",)
        self.feature_dim = sum(sizes[-settings.feature_levels :])

    def prepare(self, batch: Batch) -> None:
        """Fit the cells, and every ActNorm of the flow after those before it, to the first batch."""
        frames = batch.frames.flatten(0, 1)
        with torch.no_grad(), self._full_precision(), fitting(self):
            self.cells.fit(frames)
            self.flow(self.cells.fill(frames, torch.rand_like(frames))[0])

    def losses(self, batch: Batch, moment: Moment) -> Losses:
        """Bits for each number of the frames after the context: exact, at uniformly dequantised frames."""
        context = self.config.context
        uniform = torch.rand_like(batch.frames)
        nats, beliefs = self._score(batch.frames, incoming(batch.actions), context, uniform)
        bits = -nats.mean() / (_numbers(batch.frames, context) * math.log(2))
        return Losses({"total": bits}, beliefs)

    def interpolate(
        self, first: Belief, second: Belief, weights: Sequence[float], levels: Sequence[int] | None = None
    ) -> Rollout:
        """Beliefs between two, to render: their latents mixed, as in the paper's section 5.7.

        Args:
            first: Where weight 0 is.
            second: Where weight 1 is, of the same batch size.
            weights: One for each belief of the answer.
            levels: Which levels are mixed, 0 the finest; the others stay the first's. `None` mixes all.

        Raises:
            InputError: for other batch sizes, no weight or no such level.
        """
        chosen = range(self.config.levels) if levels is None else levels
        if (
            first.batch_size != second.batch_size
            or not len(weights)
            or not set(chosen) <= set(range(self.config.levels))
        ):
            raise InputError(
                f"interpolate takes two beliefs of one batch size, at least one weight, and levels below "
                f"{self.config.levels}; got {tuple(first.batch_size)}, {tuple(second.batch_size)}, "
                f"{len(weights)} weights and levels {list(chosen)}."
            )
        share = torch.tensor(weights, device=first.device)[None, :, None, None, None]
        with self._gradients(), self._full_precision():
            between = {}
            for level in range(self.config.levels):
                start, end = (belief[f"latent{level}"][:, None] for belief in (first, second))
                between[f"latent{level}"] = start + (share if level in chosen else 0 * share) * (end - start)
            up: Tensor | None = None
            for level in range(self.config.levels - 1, 0, -1):
                up = self.flow.down(level, between[f"latent{level}"].flatten(0, 1), up)
        if up is not None:
            between["up"] = up.unflatten(0, (-1, len(weights)))
        between["age"] = first["age"][:, None].expand(-1, len(weights))
        past = {key: first[key] for key in first.keys() if key.startswith("past")}
        batch = first.batch_size
        last = pack({**past, **{key: value[:, -1] for key, value in between.items()}}, batch)
        return Rollout(pack(between, (*batch, len(weights))), last, pack({}, batch))

    def resume(self, rollout: Rollout, time: int) -> Belief:
        """The belief at one time of a rollout; the frames that the prior looks back at come from the times before.

        Raises:
            InputError: where the rollout begins too late to have them.
        """
        belief = {key: rollout.beliefs.get(key)[:, time] for key in self.varying}
        behind = self.lookback - 1
        if behind > time and int(belief["age"].max()) > time + 1:
            raise InputError(
                f"time {time} of a rollout that begins within a video cannot be resumed: the prior looks back at "
                f"{behind} frames before it. Resume at time {behind} or later."
            )
        for level in range(self.config.levels if behind else 0):
            before = rollout.beliefs.get(f"latent{level}")[:, max(0, time - behind) : time]
            belief[f"past{level}"] = _padded(before, behind)
        return pack(belief, (rollout.batch,))

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        # Frames are read at the middles of their grey levels: what a model believes of a frame that it sees is not
        # random, and the middle is what noise in the cells is about.
        with self._full_precision():
            latents = self.flow(self.cells.centres(frames.flatten(0, 1).float()))
        return self._beliefs([z.unflatten(0, frames.shape[:2]) for z in (*latents.levels, *latents.ups[:1])], belief)

    def _beliefs(self, read: Sequence[Tensor], belief: Belief | None) -> Rollout:
        """The rollout of the latents of all levels, and of what the finest sends up, each (batch, time, ...)."""
        batch, time = read[0].shape[:2]
        ages = torch.arange(1, time + 1, device=read[0].device).expand(batch, -1)
        if belief is not None:
            ages = ages + belief["age"][:, None]
        names = [name for name in self.varying if name != "age"]
        over_time = {**dict(zip(names, read, strict=True)), "age": ages}
        last = {name: entry[:, -1] for name, entry in over_time.items()}
        behind = self.lookback - 1
        for level in range(self.config.levels if behind else 0):
            known = read[level] if belief is None else torch.cat([self._past(belief, level), read[level]], 1)
            last[f"past{level}"] = _padded(known[:, -(behind + 1) : -1], behind)
        return Rollout(pack(over_time, (batch, time)), pack(last, (batch,)), pack({}, (batch,)))

    def _step(self, belief: Belief, action: Tensor | None, noise: Noise) -> Belief:
        after: dict[str, Tensor] = {"age": belief["age"] + 1}
        up: Tensor | None = None
        with self._full_precision():
            for level in range(self.config.levels - 1, -1, -1):
                past = self._past(belief, level)
                latent = self.priors[level].choose(self._seen(past), up, action, noise).sample(noise)  # type: ignore[operator]
                after[f"latent{level}"] = latent
                if self.lookback > 1:
                    after[f"past{level}"] = past[:, 1:]
                if level:
                    after["up"] = up = self.flow.down(level, latent, up)
        return pack(after, belief.batch_size)

    def _render(self, beliefs: Entries, constant: Entries) -> Tensor:
        latent = beliefs["latent0"]
        up = beliefs["up"].flatten(0, 1) if self.config.levels > 1 else None
        with self._full_precision():
            frames = self.cells.frames(self.flow.down(0, latent.flatten(0, 1), up))
        video: Tensor = frames.unflatten(0, latent.shape[:2])
        return video

    def _features(self, beliefs: Entries, constant: Entries) -> Tensor:
        seen = range(self.config.levels)[-self.config.feature_levels :]
        return torch.cat([beliefs[f"latent{level}"].flatten(2) for level in seen], 2)

    def _log_prob(self, frames: Tensor, actions: Tensor | None, context: int, samples: int, noise: Noise) -> LogProb:
        draws = []
        for _ in range(samples):
            uniform = torch.rand(frames.shape, generator=noise.generator, device=frames.device)
            draws.append(self._score(frames.float(), actions, context, uniform)[0].double())
        nats = torch.stack(draws).logsumexp(0) - math.log(samples)
        levels, numbers = self.config.grey_levels, _numbers(frames, context)
        # The contract's density is over [0, 1]: each grey level is 1 / levels of it.
        return LogProb(nats + numbers * math.log(levels), numbers, exact=True, levels=levels, dequantised=True)

    def _score(self, frames: Tensor, actions: Tensor | None, context: int, uniform: Tensor) -> tuple[Tensor, Rollout]:
        """Log densities (batch,) of grey level + noise after the context, in nats (the paper's eqs. 3, 6 and 7)."""
        shape = frames.shape[:2]
        with self._full_precision():
            x, filled = self.cells.fill(frames.flatten(0, 1), uniform.flatten(0, 1))
            latents = self.flow(x)
            ups = [up.unflatten(0, shape) for up in latents.ups]
            levels = [latent.unflatten(0, shape) for latent in latents.levels]
            nats = (filled + latents.log_det).unflatten(0, shape)[:, context:].sum(1)
            led = None if actions is None else actions[:, context:].flatten(0, 1)
            for level, latent in enumerate(levels):
                up = ups[level][:, context:].flatten(0, 1) if level < len(ups) else None
                past = self._seen(_windows(latent, context, self.lookback))
                scored = self.priors[level](past, up, led).log_prob(latent[:, context:].flatten(0, 1))
                nats = nats + scored.unflatten(0, (shape[0], -1)).sum(1)
        return nats, self._beliefs([*levels, *ups[:1]], None)

    def _seen(self, past: Tensor) -> Tensor:
        """The latents that a prior looks back at; zeros without a temporal prior."""
        return past if self.config.lookback else torch.zeros_like(past)

    def _past(self, belief: Belief, level: int) -> Tensor:
        """The last latents of a level (batch, lookback, channel, height, width), the latest last."""
        latent: Tensor = belief[f"latent{level}"][:, None]
        return torch.cat([belief[f"past{level}"], latent], 1) if self.lookback > 1 else latent

    def _full_precision(self) -> torch.autocast:
        # Half precision would not find its way back: inverse and forward would round differently.
        return torch.autocast(self.device.type, enabled=False)


def _padded(latents: Tensor, length: int) -> Tensor:
    """Latents (batch, time, ...) with zeros before them, so that there are `length` times."""
    batch, time, *rest = latents.shape
    if time >= length:
        return latents
    return torch.cat([latents.new_zeros(batch, length - time, *rest), latents], 1)


def _windows(latents: Tensor, context: int, lookback: int) -> Tensor:
    """For each frame after the context the latents before it (batch x frame, lookback, ...), zeros before all."""
    known = _padded(latents[:, :-1], latents.shape[1] + lookback - 2)
    windows = known.unfold(1, lookback, 1)[:, context - 1 :]
    return windows.movedim(-1, 2).flatten(0, 1)


def _numbers(frames: Tensor, context: int) -> int:
    """How many numbers the frames after the context have, a video's."""
    return (frames.shape[1] - context) * math.prod(frames.shape[2:])
