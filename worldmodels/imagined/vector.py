"""`ImaginedVectorEnv`: a world model as many Gymnasium environments, stepped by one model call."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import torch
from gymnasium.error import ResetNeeded
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from worldmodels.errors import InputError, UnknownNameError
from worldmodels.imagined.action_reader import ActionReader
from worldmodels.imagined.clock import EpisodeClock
from worldmodels.imagined.disagreement import Disagreement
from worldmodels.imagined.imagination import Array, Imagination
from worldmodels.imagined.observer import ObservationKind, Observer, read_frames
from worldmodels.imagined.origin import find_starts, open_model
from worldmodels.imagined.reset_options import read_reset_options
from worldmodels.imagined.rewards import choose_reward, choose_termination
from worldmodels.imagined.rows import replace_readout
from worldmodels.imagined.starts import Start
from worldmodels.imagined.state import ImaginedState
from worldmodels.imagined.vector_info import final, masked
from worldmodels.model import WorldModel
from worldmodels.noise import Noise
from worldmodels.readout import Readout
from worldmodels.rewards import RewardFunction, TerminationFunction
from worldmodels.rollout import Belief

MOST = 10**9
"""Environments, steps or frames beyond which there is no memory on any machine."""


class ImaginedVectorEnv(VectorEnv[Any, Any, Any]):
    """Environments that a world model imagines, all stepped by one model call.

    Rewards and terminations belong to the arrival, `truncated` only ever means that `horizon` is reached and is
    never set together with `terminated`, so a value may be bootstrapped where `truncated` is. A model of a
    world without actions gives environments whose only action, `Discrete(1)`, is to watch on.

    Args:
        checkpoint: A model, or what `worldmodels.load` takes. A model is put into evaluation mode.
        num_envs: How many environments.
        starts: Where episodes begin: a data set (its path, its episodes, or a clip sampler), a `World`, a Gymnasium
            environment or its id, a `Start` or beliefs to draw from, or any object with the `Starts` protocol.
            By default the data that the checkpoint was trained on, if it is still there, else its own world.
        reward: A function of `Transitions`, or "head" for the model's head "reward".
        termination: A function of `Transitions`, "head" for the model's head "terminated" (never, if it has
            none), or `None` for never.
        horizon: Steps after which an episode is truncated, at least 1.
        observation: "frames", "features" or "both"; what is not asked for is not computed.
        temperature: Scales the noise of every latent; 0 means the means.
        autoreset_mode: When an ended environment begins anew, as Gymnasium defines it.
        context: Frames that the model watches before an episode begins, where `starts` leaves it open.
        sample_termination: Whether to end with the predicted probability, rather than when it is over a half.
        disagreement: Measures the model's uncertainty in `info["disagreement"]`, at the cost of imagining each
            step several times; a number is short for `Disagreement(number)`.
        device: Where to load a checkpoint; a model stays where it is.
        render_mode: "rgb_array" or `None`.

    Raises:
        InputError: for arguments that do not fit the model.
        CheckpointError: if the checkpoint cannot be loaded.
        UnknownNameError: for an unknown observation or environment id.
    """

    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - an instance attribute to Gymnasium

    def __init__(
        self,
        checkpoint: WorldModel | str | os.PathLike[str],
        num_envs: int = 1,
        *,
        starts: Any = None,
        reward: RewardFunction | Literal["head"] = "head",
        termination: TerminationFunction | Literal["head"] | None = "head",
        horizon: int = 100,
        observation: ObservationKind = "frames",
        temperature: float = 1.0,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        context: int = 5,
        sample_termination: bool = False,
        disagreement: Disagreement | int | None = None,
        device: torch.device | str | None = None,
        render_mode: str | None = None,
    ) -> None:
        _check_counts(num_envs=num_envs, horizon=horizon, context=context)
        temperature = Noise(temperature=temperature).temperature  # refuses what is none
        if render_mode not in (None, "rgb_array"):
            raise InputError(f"render_mode={render_mode!r} is neither 'rgb_array' nor None.")
        self.model, provenance = open_model(checkpoint, device)
        self.starts = find_starts(starts, self.model.spec, context, provenance)
        self.num_envs, self.horizon, self.render_mode = num_envs, horizon, render_mode
        self.autoreset_mode = _autoreset_mode(autoreset_mode)
        speed = {"render_fps": self.model.spec.fps}
        self.metadata = {**self.metadata, **speed, "autoreset_mode": self.autoreset_mode}
        self._imagination = Imagination(
            self.model,
            choose_reward(self.model, reward),
            choose_termination(self.model, termination),
            temperature,
            sample_termination,
            _disagreement(disagreement),
        )
        self._read_actions = ActionReader(self.model)
        self._observer = Observer(self.model, observation)
        self.single_action_space = self._read_actions.space
        self.single_observation_space = self._observer.space
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self._clock = EpisodeClock(num_envs, horizon)
        self._readout: Readout | None = None
        self._due: Array | None = None

    @torch.no_grad()
    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin anew, all environments or some.

        Args:
            seed: Seeds the starts and the noise of all environments.
            options: "reset_mask", bool (num_envs,), which environments to reset, by default all; "start", a
                `Start` or belief for exactly these, in their order, instead of drawn ones.

        Returns:
            The observations of all environments, and an empty info.

        Raises:
            InputError: for another option, or a mask or start of another shape.
        """
        rows, start = read_reset_options({} if options is None else options, self.num_envs, first=self._readout is None)
        super().reset(seed=seed)
        if seed is not None or self._readout is None:
            self._imagination.generator.manual_seed(int(self.np_random.integers(2**63)))
        self._begin(rows, start)
        if self._due is not None:
            still = self._due & ~rows
            self._due = still if still.any() else None
        return self._observer.read(self._ready()), {}

    def step(self, actions: Any) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        """Imagine one step of every environment.

        Args:
            actions: A batch of `action_space`; those of environments that are being reset are ignored.

        Returns:
            Observations, rewards float64 (num_envs,), terminated and truncated bool (num_envs,), and the info:
            "disagreement" float64 (num_envs,) where it is measured, and "final_obs" and "final_info" of
            episodes that ended in `SAME_STEP` mode.

        Raises:
            ResetNeeded: before the first reset, and in `DISABLED` mode after an environment has ended.
            InputError: for actions of another shape or outside the space.
        """
        readout, due = self._ready(), self._due
        if due is not None:
            self._check_open(due)
        vectors = self._read_actions(actions, self.num_envs)
        gradients = torch.is_grad_enabled()
        # What torch.no_grad() does, without its Python, which costs as much as a layer of a small model.
        torch._C._set_grad_enabled(False)
        try:
            if due is not None and due.all():
                return self._only_reset(due)
            imagined = self._imagination.step(readout.of, readout.known_features, vectors)
            self._readout, rewards, ended, measures = imagined
            self._clock.now += 1
            if ended is None and due is None and not measures and self._clock.now < self._clock.deadline:
                # Nearly every step of a small model's environment; what follows would be felt in it.
                never = np.zeros((2, self.num_envs), bool)
                return self._observer.read(imagined.readout), rewards, never[0], never[1], {}
            return self._settle(rewards, ended, measures, due)
        finally:
            torch._C._set_grad_enabled(gradients)

    @torch.no_grad()
    def render(self) -> tuple[Array, ...] | None:
        """The frames (height, width, 3) of all environments, uint8; `None` where render_mode is `None`."""
        if self.render_mode is None:
            return None
        frames = read_frames(self._ready())
        return tuple(np.broadcast_to(frames, (*frames.shape[:-1], 3)).copy())

    def save_state(self) -> ImaginedState:
        """Everything that decides what happens next, to come back to with `restore_state`.

        Raises:
            ResetNeeded: before the first reset.
        """
        readout = self._ready()
        return ImaginedState(
            readout.of,
            readout.known_features,
            self._clock.ages,
            self._due,
            self._imagination.generator.get_state(),
            self.np_random.bit_generator.state,
        )

    def restore_state(self, state: ImaginedState) -> None:
        """Go on from a saved state, bit for bit on a CPU; the state can be restored again.

        Raises:
            InputError: for a state of another number of environments.
        """
        if state.elapsed.shape != (self.num_envs,):
            raise InputError(f"a state of {len(state.elapsed)} environments does not fit {self.num_envs}.")
        self._readout, self._due = Readout(self.model, state.belief, state.features), state.due
        self._clock.set_ages(state.elapsed)
        self._imagination.generator.set_state(state.generator)
        self.np_random.bit_generator.state = state.np_random

    def close_extras(self, **kwargs: Any) -> None:
        """Let go of the beliefs; only `reset` begins other episodes."""
        self._readout = None

    def _settle(
        self, rewards: Array, ended: Array | None, measures: Mapping[str, Array], due: Array | None
    ) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        """Reset what was due, and note what ends."""
        terminated = np.zeros(self.num_envs, bool) if ended is None else ended
        if due is not None:
            rewards[due], terminated[due] = 0.0, False
            self._due = None
            self._begin(due)
        late = self._clock.now >= self._clock.deadline
        truncated = self._clock.late() & ~terminated if late else np.zeros(self.num_envs, bool)
        info = masked(measures, np.ones(self.num_envs, bool) if due is None else ~due) if measures else {}
        if late or (ended is not None and terminated.any()):
            info = self._end(terminated | truncated, info, measures)
        return self._observer.read(self._ready()), rewards, terminated, truncated, info

    def _end(self, done: Array, info: dict[str, Any], measures: Mapping[str, Array]) -> dict[str, Any]:
        if not done.any():
            return info
        if self.autoreset_mode is not AutoresetMode.SAME_STEP:
            self._due = done
            return info
        last = final(self._observer.read(self._ready()), masked(measures, done), done)
        self._begin(done)
        return {**masked(measures, ~done), **last}

    def _only_reset(self, due: Array) -> tuple[Any, Array, Array, Array, dict[str, Any]]:
        """A step in which every environment begins anew, so that there is nothing to imagine."""
        self._clock.now += 1
        self._due = None
        self._begin(due)
        nothing, never = np.zeros(self.num_envs), np.zeros(self.num_envs, bool)
        return self._observer.read(self._ready()), nothing, never, never.copy(), {}

    def _begin(self, rows: Array, start: Start | Belief | None = None) -> None:
        """Begin the episodes of some environments, bool (num_envs,), at a start given or drawn."""
        count = int(rows.sum())
        start = self.starts.sample(count, self.np_random) if start is None else start
        fresh = Readout(self.model, self._imagination.begin(start, count))
        if count < self.num_envs and self._readout is not None:
            index = torch.from_numpy(np.flatnonzero(rows)).to(self.model.device)
            fresh = replace_readout(self._readout, index, fresh)
        self._readout = fresh
        self._clock.restart(rows)

    def _ready(self) -> Readout:
        if self._readout is None:
            raise ResetNeeded("call reset() before the first step, render or save_state.")
        return self._readout

    def _check_open(self, due: Array) -> None:
        if self.autoreset_mode is AutoresetMode.DISABLED:
            raise ResetNeeded(
                f"environments {np.flatnonzero(due).tolist()} have ended: reset them with options={{'reset_mask': ...}}"
                " or choose another autoreset_mode."
            )


def _autoreset_mode(mode: AutoresetMode | str) -> AutoresetMode:
    known = {str(member.value): member for member in AutoresetMode}
    if isinstance(mode, AutoresetMode):
        return mode
    if str(mode) not in known:
        raise UnknownNameError("autoreset_mode", str(mode), known)
    return known[str(mode)]


def _disagreement(given: Disagreement | int | None) -> Disagreement | None:
    return Disagreement(given) if isinstance(given, int) else given


def _check_counts(**counts: Any) -> None:
    for name, count in counts.items():
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST:
            raise InputError(f"{name}={count!r:.80} is not a whole number from 1 to {MOST:,}.")
