"""The contract: `observe` frames, `imagine` futures, `render` them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from worldmodels.actions import ActionCodec
from worldmodels.batch import Batch, incoming
from worldmodels.errors import InputError
from worldmodels.heads import Heads
from worldmodels.noise import Noise
from worldmodels.rollout import Belief, Entries, Rollout, pack, stack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Group, Stage


class WorldModel(nn.Module, ABC):
    """A generative model of a world's video, with or without actions.

    A plugin subclasses this once and writes `_observe`, `_step`, `_render`, `_features` and `losses`; the
    public methods check what comes in, hold back gradients and hand on one source of randomness. Models
    with a faster way to look many steps ahead than one step after the other override `_imagine` too.

    None of the public methods keeps gradients, except inside `differentiable()`. (No inference mode: its
    tensors could neither enter a later backward pass nor be changed in place by whoever holds the belief.)

    Attributes:
        Config: A frozen dataclass, the model's settings, each with a default.
        presets: Named changes to `Config`'s defaults, such as a paper's sizes. One named "tiny" is what the
            conformance suite and `worldmodels check` try, so that they take seconds.
        varying: The belief's entries that change with time and that `_render`, `_features` or heads read.
        constant: The belief's entries that do not change while imagining and that they read.
        filtering: The belief's entries that only `_observe` reads, so that imagining can do without them.
        minimum_frames: How many frames a training clip must have at least.
    """

    Config: ClassVar[type]
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    varying: ClassVar[tuple[str, ...]] = ()
    constant: ClassVar[tuple[str, ...]] = ()
    filtering: ClassVar[tuple[str, ...]] = ()
    minimum_frames: int = 2

    def __init__(self, spec: WorldSpec, config: Any = None) -> None:
        super().__init__()
        self.spec = spec
        self.config = self.Config() if config is None else config
        self.codec = ActionCodec(spec.action_space)
        self.heads = Heads()
        self._differentiable = False

    def observe(
        self,
        frames: Tensor,
        actions: Tensor | None = None,
        *,
        belief: Belief | None = None,
        every: bool = False,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> Any:
        """What the model believes after seeing frames.

        Args:
            frames: (batch, time, channel, height, width), floating point in [0, 1].
            actions: (batch, time - 1, action); with `belief`, (batch, time, action), of which the first leads
                from the belief to the first frame. May be left out where there are none.
            belief: Where to go on from; `None` begins anew.
            every: Whether to return the beliefs after every frame.
            generator: Where all randomness comes from.
            temperature: Scales the noise of every latent; 0 means the means.

        Returns:
            The belief after the last frame, or with `every` the `Rollout` of the beliefs after each.

        Raises:
            InputError: for wrong shapes, dtypes, devices or values.
        """
        self._check_frames(frames)
        batch, time = frames.shape[:2]
        if belief is not None:
            self._check_belief(belief, batch)
        steps = time - 1 if belief is None else time
        actions = self._check_actions(actions, batch, steps, frames.device)
        if belief is None:
            actions = incoming(actions)
        rollout = self._run_hook(self._observe, frames, actions, belief, Noise(generator, temperature))
        return rollout if every else rollout.last

    def imagine(
        self,
        belief: Belief,
        actions: Tensor | None = None,
        *,
        horizon: int | None = None,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> Rollout:
        """Rolls forward without frames.

        Args:
            belief: Where to begin, batch size (batch,).
            actions: (batch, horizon, action); in a world without actions, give `horizon` instead.
            horizon: The number of steps, at least 1.
            generator: Where all randomness comes from.
            temperature: Scales the noise of every latent; 0 means the means.

        Returns:
            The beliefs at the `horizon` frames that follow.

        Raises:
            InputError: for wrong shapes or a missing horizon.
        """
        batch = int(belief.batch_size[0])
        horizon = self._check_horizon(actions, horizon)
        actions = self._check_actions(actions, batch, horizon, belief.device)
        rollout: Rollout = self._run_hook(self._imagine, belief, actions, horizon, Noise(generator, temperature))
        return rollout

    def step(
        self,
        belief: Belief,
        action: Tensor | None = None,
        *,
        generator: torch.Generator | None = None,
        temperature: float = 1.0,
    ) -> Belief:
        """One imagined transition under actions (batch, action)."""
        wanted = (belief.batch_size[0], self.codec.dim)
        if (action is None and self.codec.dim) or (action is not None and action.shape != wanted):
            raise InputError(f"step takes an action of shape {tuple(wanted)}; got {_shape(action)}.")
        after: Belief = self._run_hook(self._step, belief, action, Noise(generator, temperature))
        return after

    def render(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Frames of a belief (batch, channel, height, width), or of a rollout with time after the batch."""
        return self._read_at(self._render, belief_or_rollout)

    def features(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """What heads and policies read, float: (batch, feature) or, of a rollout, (batch, time, feature)."""
        return self._read_at(self._features, belief_or_rollout)

    @abstractmethod
    def losses(self, batch: Batch, progress: float) -> dict[str, Tensor]:
        """Named scalar terms, differentiable, of which `total` is minimised.

        Args:
            batch: The clips to learn from.
            progress: The share of the training that is done, 0 to 1, for schedules.
        """

    def losses_and_beliefs(self, batch: Batch, progress: float) -> tuple[dict[str, Tensor], Rollout]:
        """The losses, and the beliefs after every frame of the batch, with gradients, for the heads to learn on.

        The default observes the clips once more; a model whose `losses` computes the beliefs anyway overrides
        this to give both from one pass.
        """
        terms = self.losses(batch, progress)
        with self.differentiable():
            return terms, self.observe(batch.frames, batch.actions, every=True)

    def resume(self, rollout: Rollout, time: int) -> Belief:
        """The belief at one time of a rollout, to imagine from; gradients stay as they are.

        The default puts together what the rollout keeps: its entries at that time and the constant ones. A
        rollout may keep more than `varying`, so a model with recurrent states can let `losses_and_beliefs` return
        one that keeps those too, or make them anew here.

        Args:
            rollout: Beliefs over time, as `losses_and_beliefs` or `observe(every=True)` return them.
            time: Which of them, 0 or more.

        Raises:
            InputError: where the rollout does not keep an entry that imagining needs.
        """
        kept = {key: rollout.beliefs.get(key)[:, time] for key in rollout.beliefs.keys()}
        kept |= {key: rollout.constant.get(key) for key in rollout.constant.keys()}
        missing = sorted({*rollout.last.keys()} - {*kept, *self.filtering})
        if missing:
            raise InputError(
                f"{type(self).__name__} cannot go on from time {time}: the rollout does not keep {', '.join(missing)}. "
                "Name them in `filtering` if only observing needs them, keep them in the rollout, or override `resume`."
            )
        return pack(kept, (rollout.batch,))

    def parameter_groups(self) -> Sequence[Group]:
        """Parameters with learning rates or weight decay of their own; none by default."""
        return ()

    def stages(self) -> Sequence[Stage]:
        """The phases of the training in order, which `stage_at(self.stages(), progress)` finds in `losses`."""
        return ()

    @abstractmethod
    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        """The beliefs after every frame; actions (batch, time, action): each leads into the frame of its index.

        Without a belief to go on from, the first action is zero: nothing led into the first frame.
        """

    @abstractmethod
    def _step(self, belief: Belief, action: Tensor | None, noise: Noise) -> Belief: ...

    @abstractmethod
    def _render(self, beliefs: Entries, constant: Entries) -> Tensor:
        """Frames (batch, time, channel, height, width) in [0, 1] of beliefs (batch, time) and constants (batch,).

        Both hold tensors by name, `varying` and `constant` ones: a rollout's TensorDicts, or plain dicts for one time.
        """

    @abstractmethod
    def _features(self, beliefs: Entries, constant: Entries) -> Tensor:
        """Features (batch, time, feature) of beliefs (batch, time) and constants (batch,), as `_render` has them."""

    def _imagine(self, belief: Belief, actions: Tensor | None, horizon: int, noise: Noise) -> Rollout:
        beliefs = []
        for time in range(horizon):
            belief = self._step(belief, None if actions is None else actions[:, time], noise)
            beliefs.append(belief)
        return stack(beliefs, self.varying, self.constant)

    @contextmanager
    def differentiable(self) -> Iterator[None]:
        """Within it, the public methods keep gradients: for gradient planners, heads and latent policies."""
        before, self._differentiable = self._differentiable, True
        try:
            yield
        finally:
            self._differentiable = before

    @property
    def device(self) -> torch.device:
        """Where the model's parameters are."""
        return next(self.parameters()).device

    def _run_hook(self, hook: Callable[..., Any], *arguments: Any) -> Any:
        if not torch.is_grad_enabled():
            return hook(*arguments)
        with self._gradients():
            return hook(*arguments)

    def _gradients(self) -> AbstractContextManager[Any]:
        """What a model's own public methods compute within, to keep gradients only inside `differentiable()`."""
        return nullcontext() if self._differentiable else torch.no_grad()

    def _read_at(self, hook: Callable[[Entries, Entries], Tensor], of: Belief | Rollout) -> Tensor:
        if isinstance(of, Rollout):
            whole: Tensor = self._run_hook(hook, of.beliefs, of.constant)
            return whole
        # Plain dicts: making a TensorDict costs more than a layer of a small model. Loops: before Python 3.12 a
        # comprehension is one more call.
        beliefs: dict[str, Tensor] = {}
        for key in self.varying:
            beliefs[key] = of[key].unsqueeze(1)
        constant: dict[str, Tensor] = {}
        for key in self.constant:
            constant[key] = of[key]
        read: Tensor = self._run_hook(hook, beliefs, constant)
        return read.squeeze(1)

    def _check_frames(self, frames: Tensor) -> None:
        if frames.ndim != 5 or tuple(frames.shape[2:]) != self.spec.frame_shape or 0 in frames.shape:
            wanted = ", ".join(map(str, self.spec.frame_shape))
            raise InputError(f"frames of shape {_shape(frames)} given; this model takes (batch, time, {wanted}).")
        if not frames.is_floating_point():
            raise InputError(
                f"frames of {frames.dtype} given; models take float32 in [0, 1]: worldmodels.data.frames converts."
            )
        if frames.device != self.device:
            raise InputError(f"frames on {frames.device}, the model on {self.device}; move one to the other.")
        low, high = frames.detach().aminmax()
        if not (low >= 0 and high <= 1):
            raise InputError(f"frames between {low:.3g} and {high:.3g} given (NaN counts too); allowed: 0 to 1.")

    def _check_belief(self, belief: Belief, batch: int) -> None:
        if belief.batch_size != (batch,):
            raise InputError(f"a belief of batch size {tuple(belief.batch_size)} and {batch} videos do not match.")

    def _check_horizon(self, actions: Tensor | None, horizon: int | None) -> int:
        given = horizon if actions is None else actions.shape[1] if actions.ndim == 3 else horizon
        if given is None or given < 1 or horizon not in (None, given):
            raise InputError(
                f"imagine takes actions (batch, horizon, {self.codec.dim}) or, in a world without actions, "
                f"horizon >= 1; got actions {_shape(actions)} and horizon {horizon}."
            )
        return given

    def _check_actions(self, actions: Tensor | None, batch: int, steps: int, device: Any) -> Tensor | None:
        if self.codec.dim == 0 and actions is not None:
            raise InputError("actions given to a model of a world without actions; pass none.")
        if self.codec.dim == 0:
            return None
        wanted = (batch, steps, self.codec.dim)
        if actions is None and steps == 0:
            return torch.zeros(wanted, device=device)
        if actions is None or tuple(actions.shape) != wanted or not actions.is_floating_point():
            raise InputError(
                f"actions (batch, time, action) must be float of shape {wanted}; got {_shape(actions)}. "
                "model.codec.encode makes them."
            )
        return actions


def _shape(tensor: Tensor | None) -> str:
    return "none" if tensor is None else f"{tuple(tensor.shape)}"
