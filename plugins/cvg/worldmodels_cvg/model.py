"""CVG: cascaded video generation (Castrejon, Ballas and Courville, 2022; the thesis' chapter 6)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrize import cached

from worldmodels.abilities import Cascade, Level
from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.losses import Losses
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Entries, Rollout, pack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Group, Moment, Stage
from worldmodels_cvg.clip import Clip
from worldmodels_cvg.config import PRESETS, CVGConfig, LevelConfig
from worldmodels_cvg.critic import Critics, Views, critic_loss, generator_loss, shrink
from worldmodels_cvg.encoder import Encoder
from worldmodels_cvg.generator import Outline, Upsampler
from worldmodels_cvg.layers import MOMENTUM, Condition, ConditionalNorm


class CVG(Cascade):
    """A GAN in levels: the first outlines a small video, each other one makes the video below it larger.

    An encoder turns the last `context` frames into the first states of the first level's ConvGRUs; the action joins
    the first unit's input and the condition of every norm. Imagining runs the ConvGRUs of the first level alone;
    painting its frames, and all upsampling levels, are left to `render(level=)`. Each level is trained on what the
    levels below give, which rest: two turns of its critics to one of its generator.

    A belief holds the units' `state0`, `state1`, ... after the last frame, the `noise` and the `action` that led there,
    `time` (frames since the last one seen), `recent` frames, whether these are the `fresh` ones or lie before something
    imagined, and whether the noise of a whole video is `settled`. `detail` is the noise of the upsampling levels.
    """

    Config = CVGConfig
    presets = PRESETS

    def __init__(self, spec: WorldSpec, config: CVGConfig | None = None) -> None:
        super().__init__(spec, config)
        c: CVGConfig = self.config
        pixels, sizes = spec.frame_shape[0], _sizes(spec, c)
        if self.codec.dim and any(level.rate > 1 for level in c.levels[1:]):
            raise InputError("levels with a rate above 1 need an action-free world: each frame has its own action.")
        self.embedding = nn.Linear(c.classes, c.embedding, bias=False) if c.classes else None
        named = c.noise + (c.embedding if c.classes else 0)
        self.generators, self.critics = nn.ModuleList(), nn.ModuleList()
        rate, found = 1, []
        for number, level in enumerate(c.levels):
            size, start = sizes[number], _start(sizes[number], level)
            rate *= level.rate if number else 1
            times = 1 if level.statistics == "shared" else rate * c.times
            if number == 0:
                self.generators.append(Outline(level, start, pixels, named + self.codec.dim, times))
                below = None
            else:
                below = sizes[number - 1]
                self.generators.append(Upsampler(level, start, below, pixels, named, times))
            actions = 0 if number else self.codec.dim
            self.critics.append(Critics(level, size, pixels, actions, below, c.classes))
            found.append(Level(size, rate))
        self.levels = tuple(found)
        self.encoder = Encoder(c.context * pixels, c.encoder, self.outline.widths)
        self.start = self.outline.start
        self.feature_dim = (self.outline.widths[0] + self.outline.widths[-1]) * self.start[0] * self.start[1]
        self._keys = [f"state{number}" for number in range(len(self.outline.widths))]
        read = dict.fromkeys((self._keys[0], self._keys[-1]))  # one entry where there is one unit
        self.varying, self.constant = (*read, "noise", "action", "time"), ("detail", "label")
        # Above level 1 a chunk needs what every level looks at, in frames of the first.
        reach, speed = 0, 1
        for generator, level in zip(self.upsamplers, c.levels[1:], strict=True):
            reach += -(-generator.context // speed)
            speed *= level.rate
        self.render_context = (reach, reach)
        self.render_frames = 256
        self.minimum_frames = (c.context + 1) * rate
        self.average = c.average
        self._tracking = False
        self._declare_training()

    @property
    def outline(self) -> Outline:
        """The first level's generator."""
        first = self.generators[0]
        assert isinstance(first, Outline)
        return first

    @property
    def upsamplers(self) -> list[Upsampler]:
        """The generators of the other levels."""
        return [level for level in self.generators if isinstance(level, Upsampler)]

    def _declare_training(self) -> None:
        """Groups of every level, and a stage for each that learns, in which all others rest."""
        c: CVGConfig = self.config
        groups, stages = [], []
        for number in range(len(c.levels)):
            own = ("encoder.", "embedding.") if number == 0 else ()
            groups.append(Group(f"generator{number + 1}", (f"generators.{number}.", *own), betas=c.betas))
            judges = (f"critics.{number}.",)
            groups.append(Group(f"critic{number + 1}", judges, rate=c.critic_rate, betas=c.betas))
        for number in c.learned:
            made, judged = f"generator{number + 1}", f"critic{number + 1}"
            still = tuple(group.name for group in groups if group.name not in (made, judged))
            stages.append(Stage(f"level{number + 1}", 1.0, turns=(*[judged] * c.critic_turns, made), frozen=still))
        self.groups, self.stages = tuple(groups), tuple(stages)

    def losses(self, batch: Batch, moment: Moment) -> dict[str, Tensor]:
        """The hinge loss of the critics or the generator of the level that learns, whoever's turn it is.

        In a critic's turn the generator makes its videos without a gradient; its norms still use the batch, but their
        running statistics move in its own turns only.
        """
        number = int(moment.stage.removeprefix("level")) - 1
        generating = moment.turn == f"generator{number + 1}"
        with cached():
            clip = Clip.cut(batch, self)
            with nullcontext() if generating else torch.no_grad():
                real, fake, anchors = self._pair(clip, number, generating)
            critics = self.critics[number]
            assert isinstance(critics, Critics)
            videos, time = fake.frames.shape[:2]
            chosen = critics.choose(videos, time, fake.frames.device)
            if generating:
                judged = critics(fake, chosen)
                terms = {"fooled": generator_loss(judged), **anchors}
                weights = {"fooled": 1.0, "anchor": self.config.anchor, "first": self.config.first}
                terms["total"] = torch.stack([weights[name] * term for name, term in terms.items()]).sum()
            else:
                both, twice = _together(real, fake), torch.cat([chosen, chosen])
                outputs_real, outputs_fake = critics(both, twice).chunk(2)
                terms = {"total": critic_loss(outputs_real, outputs_fake)}
                terms |= {"real": outputs_real.mean(), "fake": outputs_fake.mean()}
        return Losses(terms, self._every_belief(batch)) if len(self.heads) else terms

    def _every_belief(self, batch: Batch) -> Rollout:
        with self.differentiable():
            rollout: Rollout = self.observe(batch.frames, batch.actions, every=True)
        return rollout

    def _pair(self, clip: Clip, number: int, track: bool) -> tuple[Views, Views, dict[str, Tensor]]:
        """What the critics of a level compare; in the first also how far frames are that are certain, by name."""
        c: CVGConfig = self.config
        noise = Noise()
        batch, horizon = clip.actions.shape[:2]
        with nullcontext() if number == 0 else torch.no_grad():
            states = self.encoder(clip.recent.flatten(1, 2))
            condition = self._condition(self._draw(batch, horizon, clip.recent, noise), clip.actions, clip.label)
            condition = condition._replace(track=track and number == 0)
            after = self.outline(states, condition)
            video = self.outline.frames(after[-1], condition)
        if number == 0:
            led = torch.cat([clip.led, clip.actions], 1)
            real, fake = (Views(frames, clip.label, clip.recent, led) for frames in (clip.views[0], video))
            if not track:
                return real, fake, {}
            rest = self._condition(video.new_zeros(batch, 1, c.noise), clip.actions[:, :1] * 0, clip.label)
            rest = Condition(rest.vector, rest.times - 1, track)
            seen = self.outline.frames(states[-1].unsqueeze(1), rest)
            # Where the context is not all there, what follows is not certain.
            certain, early = float(clip.seen == c.context), slice(c.certain)
            first = certain * (video[:, early] - clip.views[0][:, early]).square().mean()
            # Of absolute errors the gradient of a flat background does not fade, and outweighs that of a small shape.
            return real, fake, {"anchor": (seen - clip.recent[:, -1:]).square().mean(), "first": first}
        with torch.no_grad():
            for lower in range(1, number):
                video = self._upsample(lower, video, noise.standard((batch, c.noise), video), clip.label)
        # One window for the whole batch, so that each of its times has statistics of its own.
        ratio, whole = c.levels[number].rate, video.shape[1]
        width = min(c.levels[number].window or whole, whole)
        begin = int(torch.randint(whole - width + 1, ()))
        window = slice(begin, begin + width)
        times = ratio * begin + torch.arange(ratio * width, device=video.device).expand(batch, -1)
        below, drawn = video[:, window], noise.standard((batch, c.noise), video)
        larger = self._upsample(number, below, drawn, clip.label, times, track)
        followed = clip.views[number][:, ratio * begin : ratio * (begin + width)]
        real = Views(followed, clip.label, below=clip.views[number - 1][:, window])
        return real, Views(larger, clip.label, below=below), {}

    def _upsample(
        self,
        number: int,
        below: Tensor,
        drawn: Tensor,
        label: Tensor,
        times: Tensor | None = None,
        track: bool = False,
    ) -> Tensor:
        """Frames of an upsampling level from those below and noise (batch, width); times default to 0, 1, ..."""
        upsampler = self.generators[number]
        assert isinstance(upsampler, Upsampler)
        time = upsampler.rate * below.shape[1]
        if times is None:
            times = torch.arange(time, device=below.device).expand(len(below), -1)
        vector = self._named(drawn, label).unsqueeze(1).expand(-1, time, -1)
        frames: Tensor = upsampler(below, Condition(vector, times, track))
        return frames

    def labelled(self, belief: Belief, labels: Tensor) -> Belief:
        """The belief with a class label (batch,) for each video; without, all labels are equally likely.

        Raises:
            InputError: for a model without classes, or labels outside them.
        """
        count = self.config.classes
        if not count or labels.shape != belief.batch_size or not bool(((labels >= 0) & (labels < count)).all()):
            shapes = f"{tuple(labels.shape)} do not fit {belief.batch_size[0]} beliefs"
            raise InputError(f"labels of shape {shapes} and classes from 0 to {count - 1}.")
        return belief.clone().set("label", F.one_hot(labels.long(), count).to(belief["label"].dtype))

    def _named(self, noise: Tensor, label: Tensor) -> Tensor:
        return noise if self.embedding is None else torch.cat([noise, self.embedding(label)], -1)

    def _condition(self, noise: Tensor, actions: Tensor, label: Tensor, first: Tensor | None = None) -> Condition:
        """Of noise and actions (batch, time, width): times count from 1, or from one after `first` (batch,)."""
        vector = self._named(noise, label.unsqueeze(1).expand(-1, noise.shape[1], -1))
        times = torch.arange(1, noise.shape[1] + 1, device=noise.device).expand(len(noise), -1)
        times = times if first is None else times + first[:, None]
        return Condition(torch.cat([vector, actions], -1), times, self._tracking)

    def _draw(self, batch: int, horizon: int, like: Tensor, noise: Noise) -> Tensor:
        """Noise (batch, horizon, width) of the first level, one draw for a video or one for each frame."""
        width, many = self.config.noise, self.config.drawn == "frame"
        shape = (batch, horizon if many else 1, width)
        drawn = noise.temperature * noise.standard(shape, like) if noise.temperature else like.new_zeros(shape)
        return drawn.expand(-1, horizon, -1)

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        c: CVGConfig = self.config
        batch, time = frames.shape[:2]
        small = shrink(2 * frames - 1, self.spec.frame_shape[1] // self.levels[0].size[0])
        before = small[:, :1].expand(-1, c.context - 1, -1, -1, -1)
        if belief is None:
            width = c.noise * len(self.upsamplers)
            detail = small.new_zeros(batch, width)
            if noise.temperature:
                detail = noise.temperature * noise.standard((batch, width), small)
            label = frames.new_full((batch, c.classes), 1 / max(1, c.classes))
        else:
            detail, label = belief["detail"], belief["label"]
            # What was seen before something imagined is not what lies before this frame.
            fresh = belief["fresh"][..., None, None, None] > 0
            before = torch.where(fresh, belief["recent"][:, 1:], before)
        history = torch.cat([before, small], 1)
        recent = torch.stack([history[:, t : t + c.context] for t in range(time)], 1)
        states = self.encoder(recent.flatten(0, 1).flatten(1, 2))
        entries = {key: state.unflatten(0, (batch, time)) for key, state in zip(self._keys, states, strict=True)}
        entries |= {
            "noise": small.new_zeros(batch, time, c.noise),
            "action": small.new_zeros(batch, time, self.codec.dim),
            "time": torch.zeros(batch, time, dtype=torch.int64, device=small.device),
            "recent": recent,
            "fresh": small.new_ones(batch, time, 1),
            "settled": small.new_zeros(batch, time, 1),
        }
        constant = {"detail": detail, "label": label}
        last = pack({key: value[:, -1] for key, value in entries.items()} | constant, (batch,))
        # Rollouts of frames keep every entry, so that imagining may begin at each of them.
        return Rollout(pack(entries, (batch, time)), last, pack(constant, (batch,)))

    def _imagine(self, belief: Belief, actions: Tensor | None, horizon: int, noise: Noise) -> Rollout:
        batch, recent = int(belief.batch_size[0]), belief["recent"]
        drawn = self._draw(batch, horizon, recent, noise)
        if self.config.drawn == "video":
            settled = belief["settled"] > 0
            drawn = torch.where(settled, belief["noise"], drawn[:, 0]).unsqueeze(1).expand(-1, horizon, -1)
        if actions is None:
            actions = recent.new_zeros(batch, horizon, self.codec.dim)
        condition = self._condition(drawn, actions, belief["label"], belief["time"])
        with cached():
            after = self.outline([belief[key] for key in self._keys], condition)
        every = dict(zip(self._keys, after, strict=True))
        every |= {"noise": drawn, "action": actions, "time": condition.times}
        last = {key: value[:, -1] for key, value in every.items()}
        last |= {"recent": recent, "fresh": torch.zeros_like(belief["fresh"])}
        last |= {"settled": torch.ones_like(belief["settled"])}
        constant = {key: belief[key] for key in self.constant}
        kept = pack({key: every[key] for key in self.varying}, (batch, horizon))
        return Rollout(kept, pack(last | constant, (batch,)), pack(constant, (batch,)))

    def _render_level(self, beliefs: Entries, constant: Entries, level: int) -> Tensor:
        label, times = constant["label"], beliefs["time"]
        vector = self._named(beliefs["noise"], label.unsqueeze(1).expand(-1, times.shape[1], -1))
        condition = Condition(torch.cat([vector, beliefs["action"]], -1), times, self._tracking)
        with cached():
            video = self.outline.frames(beliefs[self._keys[-1]], condition)
            for number in range(1, level + 1):
                drawn = constant["detail"].split(self.config.noise, 1)[number - 1]
                rate = self.levels[number].rate
                # The upsampling levels' times count from the first frame imagined.
                own = rate * (times - 1).clamp_min(0).repeat_interleave(rate, 1)
                own = own + torch.arange(rate, device=own.device).repeat(times.shape[1])
                video = self._upsample(number, video, drawn, label, own, self._tracking)
        return ((video + 1) / 2).clamp(0, 1)

    def _features(self, beliefs: Entries, constant: Entries) -> Tensor:
        first, last = beliefs[self._keys[0]], beliefs[self._keys[-1]]
        pooled = F.adaptive_avg_pool2d(last.flatten(0, 1), self.start).unflatten(0, last.shape[:2])
        return torch.cat([first.flatten(2), pooled.flatten(2)], 2)

    def unroll(self, passes: Iterable[tuple[Tensor, Tensor | None]], horizon: int) -> None:
        """Estimate every norm's running statistics anew, for videos of `horizon` imagined frames (appendix 6.A).

        The paper does so with 200 passes before it generates more frames than it was trained for. The config's `times`
        becomes horizon + 1.

        Args:
            passes: For each pass frames seen (batch, time, channel, height, width), and actions (batch,
                time - 1 + horizon, action) or `None`.
            horizon: Imagined frames.
        """
        norms = [module for module in self.generators.modules() if isinstance(module, ConditionalNorm)]
        self.config = replace(self.config, times=horizon + 1)
        for level, generator in zip(self.levels, self.generators, strict=True):
            for norm in generator.modules():
                if isinstance(norm, ConditionalNorm):
                    norm.restart(level.rate * (horizon + 1))
        self._tracking = True
        try:
            for done, (frames, actions) in enumerate(passes):
                for norm in norms:
                    norm.train()
                    norm.momentum = 1 / (done + 1)
                seen = frames.shape[1] - 1
                belief = self.observe(frames, None if actions is None else actions[:, :seen])
                self.render(belief, level=0)
                self.render(self.imagine(belief, None if actions is None else actions[:, seen:], horizon=horizon))
        finally:
            self._tracking = False
            for norm in norms:
                norm.momentum = MOMENTUM
                norm.train(self.training)


def _sizes(spec: WorldSpec, config: CVGConfig) -> list[tuple[int, int]]:
    """Height and width of each level's frames, the last one's being the world's."""
    sizes = [spec.frame_shape[1:]]
    for level in reversed(config.levels[1:]):
        height, width = sizes[0]
        if height % level.factor or width % level.factor:
            raise InputError(f"frames of {height} x {width} cannot be {level.factor} times smaller in the level below.")
        sizes.insert(0, (height // level.factor, width // level.factor))
    return sizes


def _start(size: tuple[int, int], level: LevelConfig) -> tuple[int, int]:
    """Height and width of the first unit's maps."""
    times = 2 ** (len(level.units) - 1)
    if size[0] % times or size[1] % times or size[0] % level.shrink or size[1] % level.shrink:
        raise InputError(
            f"a level of {size[0]} x {size[1]} does not fit {len(level.units)} units, which need multiples of "
            f"{times}, and shrink={level.shrink}."
        )
    return size[0] // times, size[1] // times


def _together(real: Views, fake: Views) -> Views:
    """Both in one batch, so that the critics' weights are normalised and read once."""
    pairs: list[Any] = list(zip(real, fake, strict=True))
    joined: list[Any] = [None if a is None else torch.cat([a, b]) for a, b in pairs]
    return Views(*joined)
