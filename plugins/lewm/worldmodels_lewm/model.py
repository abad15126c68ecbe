"""LeWorldModel (Maes et al., 2026): a joint-embedding predictive world model, trained end to end from pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn

from worldmodels.batch import Batch, incoming
from worldmodels.blocks.strided import StridedDecoder, StridedEncoder, strides_for
from worldmodels.config import Settings
from worldmodels.errors import InputError
from worldmodels.limits import Filled, Layers, Limit, NotNegative, Width
from worldmodels.losses import Losses
from worldmodels.model import WorldModel
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Entries, Rollout, pack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_lewm.sigreg import sigreg


@dataclass(frozen=True)
class LeWMConfig(Settings):
    """Sizes and losses; the defaults train on a CPU.

    Attributes:
        width: Of an embedding.
        history: Embeddings that the predictor sees.
        hidden: Width of its layers.
        layers: How many it has.
        heads: Of its attention.
        depth: Channels of the convolutions, in units of `mults`.
        mults: Channels after each convolution, in multiples of `depth`.
        patch: Stride of the first convolution, 2 or 4.
        regular: Weight of SIGReg (lambda), the one coefficient of the loss.
        directions: Random directions of SIGReg.
    """

    width: Width = 64
    history: Annotated[int, Limit(2, 10_000)] = 3
    hidden: Width = 128
    layers: Layers = 2
    heads: Width = 4
    depth: Width = 16
    mults: Annotated[tuple[Annotated[int, Limit(1, 64)], ...], Filled()] = (2, 3, 4, 4)
    patch: Literal[2, 4] = 4
    regular: NotNegative = 0.1
    directions: Width = 256


PRESETS: Mapping[str, Mapping[str, Any]] = {
    "cpu": {},
    "tiny": {"width": 12, "hidden": 16, "layers": 1, "heads": 2, "depth": 2, "directions": 16},
}


class LeWM(WorldModel):
    """Embeddings of frames, and a transformer that predicts the next from the last few and the actions.

    Its loss has no pixels. A decoder is trained beside it, its gradient cut at the embeddings, so that one can look.
    A belief holds the newest embeddings (`history`, the newest last), the actions that led into each (`moves`), and
    how many there are (`age`). Features are the newest embedding and how it differs from the one before.
    """

    Config = LeWMConfig
    presets = PRESETS
    varying = ("history", "moves", "age")
    weighted = True

    def __init__(self, spec: WorldSpec, config: LeWMConfig | None = None) -> None:
        super().__init__(spec, config)
        c: LeWMConfig = self.config
        if c.hidden % c.heads:
            raise InputError(f"hidden={c.hidden} is no multiple of heads={c.heads}.")
        strides = strides_for(spec.frame_shape, c.patch, len(c.mults))
        channels = [c.depth * mult for mult in c.mults[: len(strides)]]
        self.feature_dim = 2 * c.width
        self.encoder = StridedEncoder(spec.frame_shape, channels, strides)
        self.project = nn.Sequential(nn.Linear(self.encoder.width, c.hidden), nn.SiLU(), nn.Linear(c.hidden, c.width))
        outward = [*channels[-2::-1], spec.frame_shape[0]]
        self.decoder = StridedDecoder(c.width, self.encoder.map, outward, strides[::-1])
        self.enter = nn.Linear(c.width + self.codec.dim, c.hidden)
        self.places = nn.Parameter(0.02 * torch.randn(c.history, c.hidden))
        block = nn.TransformerEncoderLayer(
            c.hidden, c.heads, 2 * c.hidden, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.predictor = nn.TransformerEncoder(block, c.layers, enable_nested_tensor=False)
        self.leave = nn.Sequential(nn.LayerNorm(c.hidden), nn.Linear(c.hidden, c.width))

    def prepare(self, batch: Batch) -> None:
        """Begin with the mean frame as the decoder's background."""
        self.decoder.prepare(batch.frames)

    def losses(self, batch: Batch, moment: Moment) -> Losses:
        """The squared error of predicted embeddings plus SIGReg, and the decoder's, which reaches the decoder alone."""
        c: LeWMConfig = self.config
        z, moves = self._embed(batch.frames), incoming(batch.actions)
        beliefs = self._beliefs(z, moves, None)
        steps = z.shape[1] - 1
        before = {key: value[:, :-1].flatten(0, 1) for key, value in beliefs.items()}
        action = None if moves is None else moves[:, 1:].flatten(0, 1)
        predicted = self._predict(before, action).unflatten(0, (-1, steps))
        prediction = batch.mean((predicted - z[:, 1:]).square(), first=1)
        regular = sigreg(z, batch.weights, c.directions)
        picture = batch.mean((self._decode(z.detach()) - batch.frames).square())
        terms = {"prediction": prediction, "sigreg": regular, "decoder": picture}
        terms["total"] = prediction + c.regular * regular + picture
        last = {key: value[:, -1] for key, value in beliefs.items()}
        rollout = Rollout(pack(beliefs, z.shape[:2]), pack(last, z.shape[:1]), pack({}, z.shape[:1]))
        return Losses(terms, rollout)

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        beliefs = self._beliefs(self._embed(frames), actions, belief)
        last = {key: value[:, -1] for key, value in beliefs.items()}
        batch = frames.shape[:2]
        return Rollout(pack(beliefs, batch), pack(last, batch[:1]), pack({}, batch[:1]))

    def _beliefs(self, z: Tensor, moves: Tensor | None, belief: Belief | None) -> dict[str, Tensor]:
        """The belief's entries after each of the embeddings (batch, time, width): windows of the newest ones."""
        c: LeWMConfig = self.config
        batch, time = z.shape[:2]
        moves = z.new_zeros(batch, time, 0) if moves is None else moves
        if belief is None:
            past, done = z.new_zeros(batch, c.history, c.width), z.new_zeros(batch, c.history, moves.shape[-1])
            age = torch.zeros(batch, dtype=torch.long, device=z.device)
        else:
            past, done, age = belief["history"], belief["moves"], belief["age"]
        windows = {"history": torch.cat([past, z], 1), "moves": torch.cat([done, moves], 1)}
        kept = {name: held[:, 1:].unfold(1, c.history, 1).movedim(-1, 2) for name, held in windows.items()}
        ages = (age.unsqueeze(1) + torch.arange(1, time + 1, device=z.device)).clamp_max(c.history)
        return {**kept, "age": ages}

    def _step(self, belief: Belief, action: Tensor | None, noise: Noise) -> Belief:
        z = self._predict(belief, action).unsqueeze(1)
        entries = self._beliefs(z, None if action is None else action.unsqueeze(1), belief)
        return pack({key: value[:, 0] for key, value in entries.items()}, belief.batch_size)

    def _predict(self, belief: Entries, action: Tensor | None) -> Tensor:
        """The next embedding (batch, width); each token is an embedding and the action that led away from it."""
        history = belief["history"]
        tokens = history
        if action is not None:
            onward = torch.cat([belief["moves"][:, 1:], action.unsqueeze(1)], 1)
            tokens = torch.cat([history, onward], -1)
        missing = torch.arange(self.config.history, device=history.device) < (
            self.config.history - belief["age"].unsqueeze(1)
        )
        seen = self.predictor(self.enter(tokens) + self.places, src_key_padding_mask=missing)
        following: Tensor = self.leave(seen[:, -1])
        return following

    def _render(self, beliefs: Entries, constant: Entries) -> Tensor:
        return self._decode(beliefs["history"][..., -1, :]).clamp(0, 1)

    def _features(self, beliefs: Entries, constant: Entries) -> Tensor:
        newest, before = beliefs["history"][..., -1, :], beliefs["history"][..., -2, :]
        moved = torch.where((beliefs["age"] > 1).unsqueeze(-1), newest - before, 0.0)
        return torch.cat([newest, moved], -1)

    def _embed(self, frames: Tensor) -> Tensor:
        z: Tensor = self.project(self.encoder(frames.flatten(0, 1)))
        return z.unflatten(0, frames.shape[:2])  # type: ignore[no-any-return]

    def _decode(self, z: Tensor) -> Tensor:
        frames: Tensor = self.decoder(z.flatten(0, 1))
        return frames.unflatten(0, z.shape[:2])  # type: ignore[no-any-return]
