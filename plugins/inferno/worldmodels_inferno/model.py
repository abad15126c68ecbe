"""INFERNO, Infer NeRF Objects (Castrejon et al.; chapter 10 of the thesis): scenes as objects in space."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from worldmodels.abilities import Editable
from worldmodels.batch import Batch, incoming
from worldmodels.camera import Camera
from worldmodels.edits import Edit
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Entries, Rollout, pack, stack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Group, Moment, Stage
from worldmodels_inferno.attention import Encoder, SceneAttention
from worldmodels_inferno.config import PRESETS, INFERNOConfig
from worldmodels_inferno.dynamics import Dynamics, History
from worldmodels_inferno.editing import edited
from worldmodels_inferno.inference import first_belief, next_belief
from worldmodels_inferno.moving import moving_losses
from worldmodels_inferno.rendering import Renderer, Rendering
from worldmodels_inferno.scene import Scene, SceneReader
from worldmodels_inferno.stills import still_losses
from worldmodels_inferno.upscaler import as_maps, colours, make_upscaler
from worldmodels_inferno.view import View

STILLS, FINE, MOVING = "stills", "fine", "moving"
VISION = Group("vision", ("encoder.", "attention.", "reader.", "renderer.", "upscaler."))


class INFERNO(Editable):
    """A frame taken apart into objects with a pose, a shape and an appearance, each a small radiance field.

    A belief holds the scene (`places`, `scales`, `shape`, `appearance`, `present`, each (batch, slot, ...), the
    background's slot last), the slots that it was read from (`content`), how much of each was seen (`sure`), the frames
    before (`past`, `done`, `age`), and how far the camera has been carried around (`turn`). Imagining moves objects;
    nothing is rendered until `render` is called.
    """

    Config = INFERNOConfig
    presets = PRESETS
    varying = (*Scene._fields, "content", "sure", *History._fields)
    constant = ("turn",)
    minimum_frames = 2
    render_frames = 128

    def __init__(self, spec: WorldSpec, config: INFERNOConfig | None = None) -> None:
        super().__init__(spec, config)
        c: INFERNOConfig = self.config
        self.encoder = Encoder(spec.frame_shape, c)
        self.attention = SceneAttention(c)
        self.reader = SceneReader(c)
        self.renderer = Renderer(c)
        self.upscaler = make_upscaler(c, spec.frame_shape)
        self.register_buffer("eye", torch.tensor(c.eye), persistent=False)
        self.register_buffer("field", torch.tensor(c.field), persistent=False)
        self.width = 7 + c.shape + c.appearance
        self.dynamics = Dynamics(c, self.width, self.codec.dim) if c.dynamics else None
        self.feature_dim = (c.slots + 1) * self.width
        self.groups = (VISION,)
        self.stages = _stages(c)

    def losses(self, batch: Batch, moment: Moment) -> dict[str, Tensor]:
        """Of stills, each frame by itself; of clips, how objects move, the rest being as it is."""
        if moment.stage == MOVING:
            return moving_losses(self, batch.frames, incoming(batch.actions))
        frames = batch.frames.flatten(0, 1)
        return still_losses(self, frames, moment.stage_progress, moment.stage == FINE)

    def view(self, turn: Tensor) -> View:
        """The camera, carried around by turn (batch, 1) in radians."""
        return View.turned(self.get_buffer("eye"), self.get_buffer("field"), turn)

    def backdrop(self) -> Tensor:
        """What the background alone looks like (1, channel, height, width), its latents being zero."""
        c = self.config
        with torch.no_grad():
            like = self.get_buffer("eye")
            places, scales = like.new_zeros(1, c.slots + 1, 3), like.new_ones(1, c.slots + 1, 3)
            present = torch.zeros_like(places[..., :1])
            present[:, -1] = 1
            shape, appearance = (like.new_zeros(1, c.slots + 1, number) for number in (c.shape, c.appearance))
            return self._paint(Scene(places, scales, shape, appearance, present), like.new_zeros(1, 1))

    def slots(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Place, scale, shape, appearance and presence of each object in one vector (batch, [time,] slot, number)."""
        return _scene(belief_or_rollout).tokens

    def masks(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Each slot's share of each pixel (batch, [time,] slot, height, width), summing to 1; the background's last."""
        _, height, width = self.spec.frame_shape
        masks: Tensor = self._rendered(belief_or_rollout, height, width).masks.unflatten(-1, (height, width))
        return masks

    def positions(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Where the middles of objects are seen (batch, [time,] slot, 2) as (x, y) in pixels."""
        places = self.places(belief_or_rollout)
        seen = self.camera(belief_or_rollout).project(places.reshape(len(places), -1, 3))
        return seen.reshape(*places.shape[:-1], 2)

    def places(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Middles of objects (batch, [time,] slot, 3) in the world; the background is where it was moved to."""
        return _scene(belief_or_rollout).places

    def camera(self, belief_or_rollout: Belief | Rollout) -> Camera:
        """What maps places to pixels."""
        of = belief_or_rollout
        turn = of.constant["turn"] if isinstance(of, Rollout) else of["turn"]
        return self.view(turn).camera(*self.spec.frame_shape[1:])

    def opacities(self, belief: Belief) -> Tensor:
        """How many pixels each object would cover by itself (batch, slot), the background left out."""
        side = self.config.rays
        share = (self.spec.frame_shape[1] / side) ** 2
        covered: Tensor = self._rendered(belief, side, side).opacity.sum(-1) * share
        return covered

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        batch, times = frames.shape[:2]
        tokens = self.encoder(frames.flatten(0, 1), self.backdrop())
        beliefs = []
        for time in range(times):
            now = tokens.at(time, times)
            if belief is None:
                belief = first_belief(self, now, frames.new_zeros(batch, 1), noise)
            else:
                action = None if actions is None else actions[:, time]
                belief = next_belief(self, now, belief, self._step(belief, action, noise), noise)
            beliefs.append(belief)
        return stack(beliefs, self.varying, self.constant)

    def _step(self, belief: Belief, action: Tensor | None, noise: Noise) -> Belief:
        if self.dynamics is None:
            return pack(dict(belief.items()), belief.batch_size)
        tokens = _scene(belief).tokens[:, :-1]
        history = History(*(belief[name] for name in History._fields))
        by, growth = self.dynamics(tokens, action, history)
        places, scales = belief["places"], belief["scales"]
        low, high = self.config.scales
        moved = {
            "places": torch.cat([places[:, :-1] + by, places[:, -1:]], 1),
            "scales": torch.cat([(scales[:, :-1] * growth.exp()).clamp(low / 4, 4 * high), scales[:, -1:]], 1),
            **history.then(tokens, action)._asdict(),
        }
        return pack({**dict(belief.items()), **moved}, belief.batch_size)

    def _render(self, beliefs: Entries, constant: Entries) -> Tensor:
        scene = Scene(*(beliefs[name] for name in Scene._fields))
        batch, times = scene.places.shape[:2]
        painted = self._paint(scene.flat(), constant["turn"].repeat_interleave(times, 0))
        frames: Tensor = painted.clamp(0, 1).unflatten(0, (batch, times))
        return frames

    def _features(self, beliefs: Entries, constant: Entries) -> Tensor:
        return Scene(*(beliefs[name] for name in Scene._fields)).tokens.flatten(2)

    def _edit(self, belief: Belief, edit: Edit) -> Belief:
        return edited(self, belief, edit)

    def _paint(self, scene: Scene, turn: Tensor) -> Tensor:
        """Frames (batch, channel, height, width) of scenes (batch, ...)."""
        c, (channels, height, _) = self.config, self.spec.frame_shape
        side = height if c.fine else c.rays
        rendering = self.renderer(scene, self.renderer.rays(self.view(turn), side, side))
        features = as_maps(rendering.features, side)
        coarse = colours(features, channels)
        return coarse if c.fine else self.upscaler(features, coarse)

    def _rendered(self, of: Belief | Rollout, height: int, width: int) -> Rendering:
        """What rays see of a belief or, with time after the batch, of a rollout."""
        scene, times = _scene(of), of.horizon if isinstance(of, Rollout) else 1
        turn: Tensor = of.constant["turn"] if isinstance(of, Rollout) else of["turn"]
        with self._gradients():
            view = self.view(turn.repeat_interleave(times, 0))
            rays = self.renderer.rays(view, height, width)
            if not isinstance(of, Rollout):
                alone: Rendering = self.renderer(scene, rays)
                return alone
            rendering: Rendering = self.renderer(scene.flat(), rays)
            return Rendering(*(part.unflatten(0, (len(turn), times)) for part in rendering))


def with_slots(model: INFERNO, slots: int) -> INFERNO:
    """The same model for scenes of more or fewer objects: no weight belongs to a slot."""
    other = INFERNO(model.spec, replace(model.config, slots=slots)).to(model.device)
    other.load_state_dict(model.state_dict())
    return other.train(model.training)


def _scene(of: Belief | Rollout) -> Scene:
    held: Any = of.beliefs if isinstance(of, Rollout) else of
    return Scene(*(held[name] for name in Scene._fields))


def _stages(config: INFERNOConfig) -> tuple[Stage, ...]:
    """Stills with an upscaler, stills without one, then clips, on which only the dynamics learn."""
    c, stages = config, []
    if c.fine + c.moving < 1:
        stages.append(Stage(STILLS, 1 - c.fine - c.moving, 1))
    if c.fine:
        stages.append(Stage(FINE, c.fine, 1))
    if c.moving:
        stages.append(Stage(MOVING, c.moving, c.history + c.rollout, frozen=(VISION.name,)))
    return tuple(stages)
