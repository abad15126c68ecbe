"""`Case`: a model and made-up input for it, and what a failed check says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from worldmodels.batch import Batch
from worldmodels.model import WorldModel
from worldmodels.rollout import Belief, Rollout
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment, StagePlan


class ConformanceError(AssertionError):
    """A model breaks the contract.

    Attributes:
        found: What the model did.
        contract: What the contract says.
    """

    def __init__(self, found: str, contract: str) -> None:
        super().__init__(f"{found}. The contract: {contract}.")
        self.found = found
        self.contract = contract


def require(kept: bool | Tensor, found: str, contract: str) -> None:
    """Raise a `ConformanceError` unless `kept`.

    Args:
        kept: Whether the contract is kept.
        found: What the model did.
        contract: What the contract says.
    """
    if not bool(kept):
        raise ConformanceError(found, contract)


@dataclass
class Case:
    """Fresh models of one kind, and deterministic input for them.

    Attributes:
        make: Makes a fresh model for a spec.
        spec: The world.
        batch: Videos in a batch, at least 2.
        time: Frames observed, at least 4.
        horizon: Steps imagined, at least 4.
        seed: Of weights and input.
        tolerance: Absolute difference that rounding may cause.
        spread: Standard deviation of what is added to every parameter, so that none is zero by initialisation.
    """

    make: Callable[[WorldSpec], WorldModel]
    spec: WorldSpec
    batch: int = 3
    time: int = 6
    horizon: int = 5
    seed: int = 0
    tolerance: float = 1e-4
    spread: float = 0.02
    options: dict[str, Any] = field(default_factory=lambda: {"temperature": 0.0})

    @cached_property
    def model(self) -> WorldModel:
        """A model in evaluation mode, its parameters moved off their initial values by `spread`."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            model = self.make(self.spec)
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter.add_(self.spread * torch.randn_like(parameter))
        return model.eval()

    @cached_property
    def frames(self) -> Tensor:
        """(batch, time, channel, height, width): blocks of colour, unlike in every video and frame."""
        draws = np.random.default_rng(self.seed).random((self.batch, self.time, self.spec.frame_shape[0], 4, 4))
        blocks = torch.tensor(draws, dtype=torch.float32).flatten(0, 1)
        frames = torch.nn.functional.interpolate(blocks, self.spec.frame_shape[1:], mode="nearest")
        return frames.unflatten(0, (self.batch, self.time))  # type: ignore[no-any-return]

    def actions(self, steps: int, seed: int = 0) -> Tensor | None:
        """Encoded actions (batch, steps, action), drawn from the action space."""
        if self.spec.action_space is None:
            return None
        space = self.spec.action_space
        space.seed(self.seed + seed)
        rows = [[self._encode(space.sample()) for _ in range(steps)] for _ in range(self.batch)]
        return torch.stack([torch.stack(row) for row in rows]) if steps else torch.zeros(self.batch, 0, self.width)

    def _encode(self, action: Any) -> Tensor:
        return self.model.codec.encode(_batched(action))[0]

    @property
    def width(self) -> int:
        """The width of an encoded action."""
        return self.model.codec.dim

    def observe(self, frames: Tensor | None = None, actions: Tensor | None = None, **options: Any) -> Any:
        """What the model believes after the frames, by default this case's, under this case's actions."""
        frames = self.frames if frames is None else frames
        steps = frames.shape[1] - (0 if "belief" in options else 1)
        actions = self.actions(steps) if actions is None else actions
        return self.model.observe(frames, actions, **{**self.options, **options})

    def imagine(self, belief: Belief, actions: Tensor | None = None, **options: Any) -> Rollout:
        """Futures of a belief under this case's actions."""
        options = {**self.options, **options}
        horizon = options.pop("horizon", self.horizon)
        if self.width == 0:
            return self.model.imagine(belief, horizon=horizon, **options)
        actions = self.actions(horizon, seed=1) if actions is None else actions
        return self.model.imagine(belief, actions, **options)

    def training_batch(self) -> Batch:
        """Clips to train on, long enough for the model."""
        long = self.lasting(max(self.time, self.model.minimum_frames))
        return Batch(long.frames, long.actions(long.time - 1))

    def lasting(self, time: int) -> Case:
        """This case with so many frames observed, and the same model."""
        case = replace(self, time=time)
        case.model = self.model  # building it anew would take longer than all that is done with it
        return case

    def moments(self) -> list[Moment]:
        """The training's moments that matter: begin, middle and end of every stage, each with every turn."""
        plan, chosen = StagePlan.lay(self.model.stages, 1000), []
        ends = [*plan.starts[1:], plan.steps]
        for stage, start, end in zip(plan.stages, plan.starts, ends, strict=True):
            for step in (start, (start + end) // 2, max(start, end - 1)):
                moment = plan.moment(step)
                chosen += [replace(moment, turn=turn) for turn in dict.fromkeys(stage.turns)] or [moment]
        return chosen

    def read(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """All that can be seen of beliefs: frames and features in one tensor (batch, [time,] number).

        Frames of models that look at neighbours are rendered one by one: causality is asked of beliefs.
        """
        model = self.model
        if isinstance(belief_or_rollout, Rollout) and model.render_context != (0, 0):
            times = range(belief_or_rollout.horizon)
            frames = torch.cat([model.render(belief_or_rollout.at(time)) for time in times], 1)
        else:
            frames = model.render(belief_or_rollout)
        features = model.features(belief_or_rollout)
        # A cascade may have several frames for each belief.
        return torch.cat([frames.reshape(*features.shape[:-1], -1), features], -1)


def _batched(action: Any) -> Any:
    if isinstance(action, dict):
        return {key: _batched(value) for key, value in action.items()}
    return tuple(map(_batched, action)) if isinstance(action, tuple) else np.asarray(action)[None]


def require_equal(case: Case, result: Tensor, expected: Tensor, found: str, contract: str, exact: bool = False) -> None:
    """Raise a `ConformanceError` unless two tensors agree, within the case's tolerance or exactly."""
    same_shape = result.shape == expected.shape
    gap = (result - expected).abs().max().item() if same_shape and result.numel() else 0.0
    require(same_shape, f"{found} (shapes {tuple(result.shape)} and {tuple(expected.shape)})", contract)
    require(gap <= (0.0 if exact else case.tolerance), f"{found} (by up to {gap:.3g})", contract)
