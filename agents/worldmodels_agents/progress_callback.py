"""`ProgressCallback`: a progress bar with the time left, for stable-baselines3's `learn`."""

from __future__ import annotations

from stable_baselines3.common.callbacks import BaseCallback

from worldmodels.progress import Progress


class ProgressCallback(BaseCallback):
    """Shows the steps taken.

    Args:
        total: Steps in all environments together.
    """

    def __init__(self, total: int) -> None:
        super().__init__()
        self.total = total

    def _on_training_start(self) -> None:
        self.bar = Progress(label="PPO", total=self.total, done=self.num_timesteps)

    def _on_step(self) -> bool:
        # The last update may be larger than what is left, and a bar beyond its total forgets it.
        self.bar.update(min(self.training_env.num_envs, self.total - self.bar.n))
        return True

    def _on_training_end(self) -> None:
        self.bar.close()
