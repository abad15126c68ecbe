"""The contract: `observe` frames, `imagine` futures, `render` them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from worldmodels.actions import ActionCodec
from worldmodels.allocator import keep_freed_memory
from worldmodels.batch import Batch, incoming
from worldmodels.errors import InputError
from worldmodels.heads import Heads
from worldmodels.inputs import batch_of, check_actions, check_belief, check_frames, check_horizon, describe
from worldmodels.noise import Noise
from worldmodels.rendering import render_in_chunks
from worldmodels.rollout import Belief, Entries, Rollout, pack, stack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Group, Moment, Stage


class WorldModel(nn.Module, ABC):
    """A generative model of a world's video, with or without actions.

    A plugin subclasses this once and writes `_observe`, `_step` or `_imagine`, `_render`, `_features` and `losses`;
    the public methods check what comes in, hold back gradients and hand on one source of randomness. What more a
    model can do it declares by subclassing abilities (`worldmodels.abilities`) instead.

    None of the public methods keeps gradients, except inside `differentiable()`. (No inference mode: its
    tensors could neither enter a later backward pass nor be changed in place by whoever holds the belief.)

    Attributes:
        Config: A frozen dataclass, the model's settings, each with a default.
        presets: Named changes to `Config`'s defaults, such as a paper's sizes. One named "tiny" is what the
            conformance suite and `worldmodels check` try, so that they take seconds.
        varying: The belief's entries that change with time and that `_render`, `_features` or heads read. A rollout
            keeps them over time.
        constant: The belief's entries that do not change while imagining and that they read. It keeps them once.
        feature_dim: The width of the features; every model says it.
        minimum_frames: How many frames a training clip must have at least.
        weighted: Whether `losses` weighs frames as `batch.weights` says, by taking its means with `batch.mean`; then
            episodes shorter than the clips are padded, and rare events may be sampled more often.
        groups: Parameters with optimiser settings of their own.
        stages: The phases of the training in order; none is one phase.
        average: The decay of an average of the weights, such as 0.999, which is kept beside them and used wherever
            the model is loaded; `None` for none.
        render_context: How many frames to the left and right `_render` looks at around each.
        render_frames: How many frames, over batch and time, are rendered at once at most; a longer rollout is
            rendered in chunks.
    """

    Config: ClassVar[type]
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    varying: tuple[str, ...] = ()
    constant: tuple[str, ...] = ()
    feature_dim: int
    minimum_frames: int = 2
    weighted: bool = False
    groups: Sequence[Group] = ()
    stages: Sequence[Stage] = ()
    average: float | None = None
    render_context: tuple[int, int] = (0, 0)
    render_frames: int = 512

    def __init__(self, spec: WorldSpec, config: Any = None) -> None:
        super().__init__()
        if type(self)._step is WorldModel._step and type(self)._imagine is WorldModel._imagine:
            raise TypeError(f"{type(self).__name__} has neither _step nor _imagine; write whichever is natural.")
        keep_freed_memory()  # imagining makes the same large tensors at every step
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
        check_frames(self, frames)
        batch, time = frames.shape[:2]
        if belief is not None:
            check_belief(belief, batch)
        steps = time - 1 if belief is None else time
        actions = check_actions(self, actions, batch, steps, frames.device)
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
        batch = batch_of(belief)
        horizon = check_horizon(self, actions, horizon)
        actions = check_actions(self, actions, batch, horizon, belief.device)
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
        wanted = (batch_of(belief), self.codec.dim)
        given = getattr(action, "shape", None)
        if (action is None and self.codec.dim) or (action is not None and given != wanted):
            raise InputError(f"step takes an action of shape {tuple(wanted)}; got {describe(action)}.")
        after: Belief = self._run_hook(self._step, belief, action, Noise(generator, temperature))
        return after

    def render(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """Frames of a belief (batch, channel, height, width), or of a rollout with time after the batch.

        A long rollout is rendered in chunks of `render_frames`, which give what one call gives.
        """
        if isinstance(belief_or_rollout, Rollout):
            chunks = (belief_or_rollout, self.render_context, self.render_frames)
            whole: Tensor = self._run_hook(render_in_chunks, self._render, *chunks)
            return whole
        return self._read_at(self._render, belief_or_rollout)

    def features(self, belief_or_rollout: Belief | Rollout) -> Tensor:
        """What heads and policies read, float: (batch, feature) or, of a rollout, (batch, time, feature)."""
        return self._read_at(self._features, belief_or_rollout)

    def prepare(self, batch: Batch) -> None:
        """Initialisation that depends on data: called once, before the first step, with the first process's batch."""

    @abstractmethod
    def losses(self, batch: Batch, moment: Moment) -> dict[str, Tensor]:
        """Named scalar terms, differentiable, of which `total` is minimised.

        A model that comes to its beliefs on the way returns `Losses(terms, beliefs)`: heads then learn on those,
        with gradients, rather than on a second pass over the frames.

        Args:
            batch: The clips to learn from.
            moment: Where the training is, for schedules, stages and turns.
        """

    def resume(self, rollout: Rollout, time: int) -> Belief:
        """The belief at one time of a rollout, to imagine from; gradients stay as they are.

        The default puts together what the rollout keeps: its entries at that time and the constant ones. A
        rollout may keep more than `varying`, so a model with recurrent states can let `losses` return one that
        keeps those too, or make them anew here.

        Args:
            rollout: Beliefs over time, as `losses` or `observe(every=True)` give them.
            time: Which of them, 0 or more.
        """
        kept = {key: rollout.beliefs.get(key)[:, time] for key in rollout.beliefs.keys()}
        kept |= {key: rollout.constant.get(key) for key in rollout.constant.keys()}
        return pack(kept, (rollout.batch,))

    @abstractmethod
    def _observe(self, frames: Tensor, actions: Tensor | None, belief: Belief | None, noise: Noise) -> Rollout:
        """The beliefs after every frame; actions (batch, time, action): each leads into the frame of its index.

        Without a belief to go on from, the first action is zero: nothing led into the first frame.
        """

    def _step(self, belief: Belief, action: Tensor | None, noise: Noise) -> Belief:
        """The belief one step on; by default, where `_imagine` of one step ends."""
        return self._imagine(belief, None if action is None else action.unsqueeze(1), 1, noise).last

    @abstractmethod
    def _render(self, beliefs: Entries, constant: Entries) -> Tensor:
        """Frames (batch, time, channel, height, width) in [0, 1] of beliefs (batch, time) and constants (batch,).

        Both hold tensors by name, `varying` and `constant` ones: a rollout's TensorDicts, or plain dicts for one time.
        """

    @abstractmethod
    def _features(self, beliefs: Entries, constant: Entries) -> Tensor:
        """Features (batch, time, feature) of beliefs (batch, time) and constants (batch,), as `_render` has them."""

    def _imagine(self, belief: Belief, actions: Tensor | None, horizon: int, noise: Noise) -> Rollout:
        """The beliefs at the frames that follow; by default one `_step` after the other."""
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

    @property
    def dtype(self) -> torch.dtype:
        """The model's parameters' precision."""
        return next(self.parameters()).dtype

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
        constant: dict[str, Tensor] = {}
        if type(of) is Tensor:  # which would take a name for an index, with a warning
            raise InputError(f"a tensor {describe(of)} given as a belief; observe(), imagine() and step() make them.")
        try:
            for key in self.varying:
                beliefs[key] = of[key].unsqueeze(1)
            for key in self.constant:
                constant[key] = of[key]
        except (TypeError, LookupError, AttributeError) as error:
            raise InputError(f"{describe(of)} given as a belief of a {type(self).__name__}: {error}.") from error
        # The hook itself where nothing is kept anyway: every call is felt in an imagined step.
        read: Tensor = self._run_hook(hook, beliefs, constant) if torch.is_grad_enabled() else hook(beliefs, constant)
        return read.squeeze(1)
