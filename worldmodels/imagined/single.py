"""`ImaginedEnv`: a world model as one Gymnasium environment."""

from __future__ import annotations

import os
from typing import Any

from gymnasium import Env
from gymnasium.vector import AutoresetMode

from worldmodels.data.recorder import stack_actions
from worldmodels.imagined.state import ImaginedState
from worldmodels.imagined.vector import ImaginedVectorEnv
from worldmodels.imagined.vector_info import row_of
from worldmodels.model import WorldModel


class ImaginedEnv(Env[Any, Any]):
    """`ImaginedVectorEnv`'s case of one; to train, take that one, which steps many for nearly the price of one.

    Args:
        checkpoint: A model, or what `worldmodels.load` takes.
        **settings: As `ImaginedVectorEnv` has them, except `num_envs` and `autoreset_mode`.
    """

    metadata = ImaginedVectorEnv.metadata

    def __init__(self, checkpoint: WorldModel | str | os.PathLike[str], **settings: Any) -> None:
        self._vector = ImaginedVectorEnv(checkpoint, 1, autoreset_mode=AutoresetMode.DISABLED, **settings)
        self.metadata = {**self.metadata, "render_fps": self._vector.model.spec.fps}
        self.render_mode = self._vector.render_mode
        self.model = self._vector.model
        self.action_space = self._vector.single_action_space
        self.observation_space = self._vector.single_observation_space

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode.

        Args:
            seed: Seeds the start and the noise.
            options: "start", a `Start` or belief of batch size 1, instead of a drawn one.

        Returns:
            The observation and an empty info.
        """
        observations, _ = self._vector.reset(seed=seed, options=options)
        # One generator for both, so that what Gymnasium shows as np_random is what starts are drawn from.
        self._np_random, self._np_random_seed = self._vector.np_random, self._vector.np_random_seed
        return row_of(observations, 0), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Imagine one step.

        Returns:
            Observation, reward, terminated, truncated and info, with "disagreement" where it is measured.

        Raises:
            ResetNeeded: before the first reset and after the end of an episode.
            InputError: for an action of another shape or outside the space.
        """
        actions = stack_actions(self.action_space, [action])
        observations, rewards, terminated, truncated, infos = self._vector.step(actions)
        info = {name: values[0].item() for name, values in infos.items() if not name.startswith("_")}
        return row_of(observations, 0), float(rewards[0]), bool(terminated[0]), bool(truncated[0]), info

    def render(self) -> Any:
        """The frame (height, width, 3), uint8; `None` where render_mode is `None`."""
        frames = self._vector.render()
        return None if frames is None else frames[0]

    def save_state(self) -> ImaginedState:
        """As `ImaginedVectorEnv.save_state`."""
        return self._vector.save_state()

    def restore_state(self, state: ImaginedState) -> None:
        """As `ImaginedVectorEnv.restore_state`."""
        self._vector.restore_state(state)
