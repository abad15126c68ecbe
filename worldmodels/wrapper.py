"""`ModelWrapper`: a model that changes another one's behaviour, as `gymnasium.Wrapper` does an environment's."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from worldmodels.batch import Batch
from worldmodels.model import WorldModel
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Entries, Rollout
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment


class ModelWrapper(WorldModel):
    """Delegates everything to a model; a subclass overrides what it changes.

    Overriding a hook (`_step`, `_render`, ...) changes the public method that uses it. Attributes that the wrapper
    does not have are the model's. A wrapper has the abilities that it declares itself; `unwrapped` has the
    model's own.

    Args:
        model: What is wrapped; possibly a wrapper too.
        spec: The world that the wrapper is for, where that is another one.
    """

    def __init__(self, model: WorldModel, spec: WorldSpec | None = None) -> None:
        super().__init__(spec or model.spec, model.config)
        self.model = model
        self.heads = model.heads
        self.varying, self.constant = model.varying, model.constant
        self.minimum_frames, self.average = model.minimum_frames, model.average
        self.render_context, self.render_frames = model.render_context, model.render_frames

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name.startswith("_") or "model" not in self._modules:
                raise
            return getattr(self.model, name)

    @property
    def unwrapped(self) -> WorldModel:
        """The innermost model."""
        return self.model.unwrapped if isinstance(self.model, ModelWrapper) else self.model

    def prepare(self, batch: Batch) -> None:
        """As the model does."""
        self.model.prepare(batch)

    def losses(self, batch: Batch, moment: Moment) -> dict[str, Tensor]:
        """As the model does."""
        return self.model.losses(batch, moment)

    def resume(self, rollout: Rollout, time: int) -> Belief:
        """As the model does."""
        return self.model.resume(rollout, time)

    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        return self.model._observe(frames, actions, belief, noise)

    def _step(self, belief: Belief, action: Tensor | None, noise: Noise) -> Belief:
        return self.model._step(belief, action, noise)

    def _imagine(self, belief: Belief, actions: Tensor | None, horizon: int, noise: Noise) -> Rollout:
        return self.model._imagine(belief, actions, horizon, noise)

    def _render(self, beliefs: Entries, constant: Entries) -> Tensor:
        return self.model._render(beliefs, constant)

    def _features(self, beliefs: Entries, constant: Entries) -> Tensor:
        return self.model._features(beliefs, constant)
