"""JUMP: Consistent Jumpy Predictions for Videos and Scenes (Kumar et al., 2018)."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from gymnasium.spaces import Discrete
from torch import Tensor

from worldmodels.abilities import AnyTime
from worldmodels.batch import Batch, incoming
from worldmodels.errors import InputError
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Entries, Rollout, pack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_jump.config import PRESETS, JUMPConfig
from worldmodels_jump.networks import STRIDE, Draw, Keys, Renderer, Representation
from worldmodels_jump.views import Doing, Views

# Features are the renderer's states, averaged over so many places each way.
_POOLED = 4


class JUMP(AnyTime):
    """One latent for a scene, drawn once, and a deterministic renderer that is asked for any time or view of it.

    What was seen is a sum, to which each frame with its key (its time, or its camera's pose) adds its representation;
    nothing is predicted from a predicted frame. Observing is one call of the representation; imagining draws the
    scene once, whatever the horizon, and rendering any of its frames is one call of the renderer.

    Actions: a frame's key holds the action that led to it, a query's key the state of a GRU that has read the actions
    from the last frame seen up to the query, and the posterior reads the targets with these keys. The prior does not
    read actions: the scene's latent is all that chance decides, whatever is done, so that beliefs are causal, and one
    step after the other leads to where one leap does.

    A belief holds `context`, the sum; `key` and `summary`, the query that it stands for; and `scene`, which the prior's
    means give while it is only observed, a draw once it is imagined (`drawn`). With `memory` it also holds the last
    frames (`recent`), the actions that led to them (`led`), and how many there were (`age`).
    """

    Config = JUMPConfig
    presets = PRESETS
    sparse = True

    def __init__(self, spec: WorldSpec, config: JUMPConfig | None = None) -> None:
        super().__init__(spec, config)
        c: JUMPConfig = self.config
        channels, height, width = spec.frame_shape
        if height % STRIDE or width % STRIDE:
            raise InputError(f"frames of {height} x {width} do not fit JUMP, which needs multiples of {STRIDE}.")
        # Worlds without actions may have an action space all the same, of the one that does nothing.
        self.acting = self.codec.dim > 0 and not (isinstance(spec.action_space, Discrete) and spec.action_space.n == 1)
        if c.anywhere and self.acting:
            raise InputError("anywhere needs an action-free world: what was done before a frame is not known after it.")
        grid = (height // STRIDE, width // STRIDE)
        self.summary = c.summary if self.acting else 0
        self.keys = Keys(c, self.summary)
        self.representation = Representation(channels, c)
        self.draw = Draw(c, grid)
        self.renderer = Renderer(channels, c, grid)
        if self.acting:
            self.doing = Doing(self.codec.dim, c.summary, batch_first=True)
        self.feature_dim = _POOLED**2 * c.render_hidden
        scene_of_query = c.latent == "target"
        self.varying = ("key", "summary", "scene") if scene_of_query else ("key", "summary")
        self.constant = () if scene_of_query else ("scene",)
        self.minimum_frames = max(2, c.contexts + 1)

    def losses(self, batch: Batch, moment: Moment) -> dict[str, Tensor]:
        """KL(posterior || prior) + the targets' squared errors / (2 pixel variance): the negative of equation 4.

        From 1 to `contexts` frames are seen, and from 1 to `targets` of the others predicted; the last one seen is
        among these, so that a belief can show what it saw.
        """
        c: JUMPConfig = self.config
        seen = int(torch.randint(1, c.contexts + 1, ()))
        asked = int(torch.randint(1, c.targets + 1, ()))
        context, rest = self._views(batch, seen)
        chosen = torch.rand(rest.keys.shape[:2], device=rest.keys.device).argsort(1)[:, :asked]
        targets = rest.take(chosen)
        divergences, frames = self._reconstruct(context, targets)
        shares, variances = np.array(c.variance).T
        variance = float(np.interp(moment.progress, shares, variances))
        errors = (frames - targets.frames).square().flatten(2).sum(2)
        divergence = divergences.mean()
        return {
            "kl": divergence,
            "error": errors.mean(),
            "variance": divergence.new_tensor(variance),
            "total": divergence + errors.sum(1).mean() / (2 * variance),
        }

    def divergence(self, seen: Views, targets: Views) -> Tensor:
        """KL(posterior that reads all targets || prior) (batch,) in nats; a factored model's is the targets' sum."""
        with self._gradients():
            return self._reconstruct(seen, targets)[0]

    def views(self, frames: Tensor, keys: Tensor) -> Views:
        """Frames (batch, view, ...) of an action-free world with times (batch, view) or poses (batch, view, pose)."""
        if self.acting:
            raise InputError("frames at any key are for action-free worlds; use observe(frames, actions).")
        keys = keys.to(frames.dtype) if self.config.key == "camera" else keys.to(frames.dtype).unsqueeze(-1)
        if tuple(keys.shape) != (*frames.shape[:2], self.keys.width):
            raise InputError(f"keys of shape {tuple(keys.shape)} do not name {frames.shape[1]} frames of each video.")
        return Views.untouched(frames, keys)

    def observe_at(self, frames: Tensor, keys: Tensor) -> Belief:
        """What is believed after seeing frames of one scene, in any order; for action-free worlds.

        Args:
            frames: (batch, view, channel, height, width).
            keys: When they were (batch, view), in frames of the world's clock, or the poses of their cameras
                (batch, view, pose).

        Raises:
            InputError: for keys that do not fit, a world with actions, or a model with `memory`.
        """
        if self.config.memory is not None:
            raise InputError("a model with `memory` knows frames by how old they are; use observe(frames).")
        views = self.views(frames, keys)
        with self._gradients():
            last = views.keys[:, -1:] if self.config.key == "camera" else views.keys.amax(1, keepdim=True)
            return self._seen(self._represent(views).sum(1, keepdim=True), last, {}).last

    def ask(
        self, belief: Belief, keys: Tensor, *, generator: torch.Generator | None = None, temperature: float = 1.0
    ) -> Rollout:
        """Beliefs at any keys of one scene, past and future alike; for action-free worlds.

        Args:
            belief: As `observe_at` or `observe` give it.
            keys: Times (batch, query), in frames of the world's clock, or poses (batch, query, pose).
            generator: Where all randomness comes from.
            temperature: Scales the noise of the latent.
        """
        asked = keys if self.config.key == "camera" else keys.unsqueeze(-1)
        with self._gradients():
            summaries = asked.new_zeros(*asked.shape[:2], self.summary)
            return self._futures(belief, asked, summaries, Noise(generator, temperature))

    def resume(self, rollout: Rollout, time: int) -> Belief:
        """The belief at one time of a rollout: what it keeps over time, and the rest from its last belief."""
        kept = {key: rollout.beliefs.get(key)[:, time] for key in rollout.beliefs.keys()}
        return pack({**dict(rollout.last.items()), **kept}, (rollout.batch,))

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        if self.config.key == "camera":
            raise InputError("this model knows frames by their cameras; use observe_at(frames, poses).")
        if self.config.memory is not None:
            return self._observe_last(frames, actions, belief, self.config.memory)
        batch, time = frames.shape[:2]
        start = frames.new_zeros(batch, 1) if belief is None else belief.get("key") + 1
        clock = (start + torch.arange(time, device=frames.device, dtype=frames.dtype)).unsqueeze(-1)
        context = self._represent(self._led(frames, clock, actions)).cumsum(1)
        if belief is not None:
            context = context + belief.get("context").unsqueeze(1)
        return self._seen(context, clock, {})

    def _observe_last(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, memory: int) -> Rollout:
        """Beliefs that remember `memory` frames, whose times are counted from the last of them."""
        batch, time = frames.shape[:2]
        done = frames.new_zeros(batch, time, 0) if actions is None else actions
        if belief is None:
            before, led = (
                frames.new_zeros(batch, memory, *frames.shape[2:]),
                done.new_zeros(batch, memory, done.shape[2]),
            )
            age = frames.new_zeros(batch, 1)
        else:
            before, led, age = belief.get("recent"), belief.get("led"), belief.get("age")
        # Windows over time, (batch, time, memory, ...), the newest last.
        recent = torch.cat([before, frames], 1)[:, 1:].unfold(1, memory, 1).movedim(-1, 2)
        led = torch.cat([led, done], 1)[:, 1:].unfold(1, memory, 1).movedim(-1, 2)
        age = age + torch.arange(1, time + 1, device=frames.device, dtype=frames.dtype)
        ages = torch.arange(1.0 - memory, 1.0, device=frames.device, dtype=frames.dtype)
        # What led to the oldest frame says nothing of those seen, and is not there in training.
        within = led * (ages > 1.0 - memory).to(led.dtype).unsqueeze(-1)
        windows = recent.flatten(0, 1)
        keys = ages.expand(batch * time, -1).unsqueeze(-1)
        shares = self._represent(self._led(windows, keys, within.flatten(0, 1)))
        there = (age.unsqueeze(-1) > -ages).to(frames.dtype)
        context = (shares.unflatten(0, (batch, time)) * there[..., None, None, None]).sum(2)
        kept = {"recent": recent, "led": led, "age": age.unsqueeze(-1)}
        return self._seen(context, frames.new_zeros(batch, time, 1), kept)

    def _imagine_at(self, belief: Belief, times: Tensor, actions: Tensor | None, noise: Noise) -> Rollout:
        if self.config.key == "camera":
            raise InputError("this model knows frames by their cameras; use ask(belief, poses).")
        keys = belief.get("key").unsqueeze(1) + times.unsqueeze(-1)
        summaries = times.new_zeros(*times.shape, 0)
        if self.acting:
            assert actions is not None
            rows = torch.arange(len(times), device=times.device)[:, None]
            summaries = self.doing.after(actions, belief.get("summary"))[rows, times.ceil().long()]
        return self._futures(belief, keys, summaries, noise)

    def _futures(self, belief: Belief, keys: Tensor, summaries: Tensor, noise: Noise) -> Rollout:
        """Beliefs at keys (batch, query, key) of one draw, or where it was drawn before, of that one."""
        batch, queries = keys.shape[:2]
        latest = keys[:, :, 0].argmax(1) if self.config.key == "time" else keys.new_full((batch,), queries - 1).long()
        rows = torch.arange(batch, device=keys.device)
        beliefs = {"key": keys, "summary": summaries}
        if self.config.latent == "target":
            # Draws go by time, not by the order of the questions.
            ranks = keys[:, :, 0].argsort(dim=1, stable=True).argsort(dim=1)
            draws = self.draw.noise(noise, keys, batch, queries)[rows[:, None], ranks].flatten(0, 1)
            scenes = self.draw(belief.get("context"), draws, self.keys(keys, summaries)).scene
            beliefs["scene"] = scenes.unflatten(0, (batch, queries))
            scene, constant = beliefs["scene"][rows, latest], {}
        else:
            scene = belief.get("scene")
            drawn = belief.get("drawn").view(-1, 1, 1, 1) > 0
            if not bool(drawn.all()):
                new = self.draw(belief.get("context"), self.draw.noise(noise, keys, batch)).scene
                scene = torch.where(drawn, scene, new)
            constant = {"scene": scene}
        then = {"key": keys[rows, latest], "summary": summaries[rows, latest], "scene": scene}
        then["drawn"] = torch.ones_like(belief.get("drawn"))
        last = pack({**dict(belief.items()), **then}, (batch,))
        return Rollout(pack(beliefs, (batch, queries)), last, pack(constant, (batch,)))

    def _led(self, frames: Tensor, keys: Tensor, actions: Tensor | None) -> Views:
        """Frames with the one action (batch, view, action) that led to each."""
        if actions is None or not self.acting:
            return Views.untouched(frames, keys)
        return Views(frames, keys, self.doing.led(actions))

    def _seen(self, context: Tensor, keys: Tensor, kept: dict[str, Tensor]) -> Rollout:
        """Beliefs after frames, with contexts and keys (batch, time, ...); their scenes are the prior's means."""
        batch, time = keys.shape[:2]
        summaries = keys.new_zeros(batch, time, self.summary)
        asked = self.keys(keys, summaries).flatten(0, 1).unsqueeze(1) if self.config.latent == "target" else None
        means = self.draw.noise(Noise(temperature=0), keys, batch * time)
        scenes = self.draw(context.flatten(0, 1), means, asked).scene.unflatten(0, (batch, time))
        entries = {"context": context, "key": keys, "summary": summaries, "scene": scenes, **kept}
        entries["drawn"] = keys.new_zeros(batch, time, 1)
        last = pack({name: entry[:, -1] for name, entry in entries.items()}, (batch,))
        constant = {name: last.get(name) for name in self.constant}
        return Rollout(pack(entries, (batch, time)), last, pack(constant, (batch,)))

    def _views(self, batch: Batch, seen: int) -> tuple[Views, Views]:
        """The first `seen` frames of a clip, and the last of these with all others, in time's order or any."""
        c: JUMPConfig = self.config
        frames, clock = batch.frames, batch.clock
        order = torch.arange(frames.shape[1], device=frames.device).expand(len(frames), -1)
        if c.key == "camera" or float(torch.rand(())) < c.anywhere:
            order = torch.rand(frames.shape[:2], device=frames.device).argsort(1)
        if c.key == "camera":
            return self.views(frames, batch.signals["camera"]).split(order, seen)
        now = clock.gather(1, order[:, seen - 1 : seen])
        keys = (clock if c.memory is None else clock - now).unsqueeze(-1)
        if not self.acting:
            return Views.untouched(frames, keys).split(order, seen)
        assert batch.actions is not None
        rows = torch.arange(len(frames), device=frames.device)[:, None]
        led = incoming(batch.actions)
        assert led is not None
        context, _ = Views(frames, keys, self.doing.led(led[rows, clock.long()])).split(order, seen)
        # The actions from the last frame seen on; what stands beyond the end is not read.
        steps = torch.arange(batch.actions.shape[1], device=frames.device) + now.long()
        later = self.doing.after(batch.actions[rows, steps.clamp_max(batch.actions.shape[1] - 1)])
        passed = (clock - now).clamp_min(0).long()
        _, targets = Views(frames, keys, later[rows, passed]).split(order, seen)
        return context, targets

    def _reconstruct(self, seen: Views, targets: Views) -> tuple[Tensor, Tensor]:
        """Divergences (batch,), and the targets' frames as the posterior's scene shows them, not yet in [0, 1]."""
        batch, queries = targets.keys.shape[:2]
        context, asked = self._represent(seen).sum(1), self.keys(targets.keys, targets.summaries)
        shown = self.representation(targets.frames.flatten(0, 1), asked.flatten(0, 1))
        if self.config.latent == "target":
            draws = self.draw.noise(Noise(), context, batch * queries)
            drawn = self.draw(context, draws, asked, shown)
            return drawn.divergence.view(batch, queries).sum(1), self.renderer(drawn.scene, asked)
        together = shown.unflatten(0, (batch, queries)).sum(1)
        drawn = self.draw(context, self.draw.noise(Noise(), context, batch), None, together)
        return drawn.divergence, self.renderer(drawn.scene, asked)

    def _represent(self, views: Views) -> Tensor:
        """What each view adds to the sum: (batch, view, channel, height, width)."""
        keys = self.keys(views.keys, views.summaries)
        shares = self.representation(views.frames.flatten(0, 1), keys.flatten(0, 1))
        each: Tensor = shares.unflatten(0, keys.shape[:2])
        return each

    def _render(self, beliefs: Entries, constant: Entries) -> Tensor:
        frames: Tensor = self.renderer(_scenes(beliefs, constant), self.keys(beliefs["key"], beliefs["summary"]))
        return frames.clamp(0, 1)

    def _features(self, beliefs: Entries, constant: Entries) -> Tensor:
        hidden = self.renderer.hidden(_scenes(beliefs, constant), self.keys(beliefs["key"], beliefs["summary"]))
        pooled = F.adaptive_avg_pool2d(hidden.flatten(0, 1), _POOLED).flatten(1)
        features: Tensor = pooled.unflatten(0, hidden.shape[:2])
        return features


def _scenes(beliefs: Entries, constant: Entries) -> Tensor:
    """Scenes (batch, ...), or of each query (batch x query, ...) where rollouts keep one for each."""
    if "scene" in beliefs.keys():
        own: Tensor = beliefs["scene"]
        return own.flatten(0, 1)
    scene: Tensor = constant["scene"]
    return scene
