"""`EpisodesCallback`: makes PPO's training resumable: between two updates nothing is left in the environments."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.utils import set_random_seed

from worldmodels.checkpoints.weigh import check_archive
from worldmodels.errors import CheckpointError, InputError
from worldmodels.whole import write_file


class EpisodesCallback(BaseCallback):
    """Begins all episodes anew every so many updates, from a seed of the update's own, and saves the agent there.

    Values are bootstrapped where an update's steps end in any case, so nothing is learned that is not so.

    Args:
        seed: Of the training.
        every: Updates from one new beginning to the next.
        state: Where to save; `None` for nowhere.
        asked: What the training is, to be told from others when it goes on.
    """

    def __init__(self, seed: int, every: int, state: Path | None, asked: str) -> None:
        super().__init__()
        self.seed, self.every, self.state, self.asked = seed, every, state, asked

    def _on_rollout_start(self) -> None:
        agent = self.model
        assert isinstance(agent, PPO) and agent.env is not None
        update = agent.num_timesteps // (agent.n_steps * agent.n_envs)
        if update % self.every:
            return
        if self.state is not None and update:
            write_file(self.state, _describe(agent, self.asked))
        seed = int(np.random.SeedSequence([self.seed, update]).generate_state(1)[0])
        set_random_seed(seed)
        agent.env.seed(seed)
        agent._last_obs = agent.env.reset()  # type: ignore[assignment]
        agent._last_episode_starts = np.ones(agent.n_envs, bool)

    def _on_step(self) -> bool:
        return True


def restore(agent: PPO, state: Path, asked: str) -> None:
    """Give an agent what `EpisodesCallback` saved.

    Raises:
        InputError: where it is another training's.
        CheckpointError: where it cannot be read; nothing in it is run.
    """
    try:
        kept = torch.load(check_archive(state), map_location=agent.device, weights_only=True)
        if kept["asked"] != asked:
            raise InputError(f"{state} is of a training with other settings; give those again, or remove it.")
        agent.policy.load_state_dict(kept["policy"])
        agent.policy.optimizer.load_state_dict(kept["optimizer"])
        agent.num_timesteps, agent._n_updates = int(kept["steps"]), int(kept["updates"])
    except InputError:
        raise
    # A damaged archive may make the unpickler raise anything; none of its code is run.
    except Exception as error:
        raise CheckpointError(f"{state} cannot be gone on from ({type(error).__name__}); remove it.") from error


def _describe(agent: PPO, asked: str) -> bytes:
    buffer = io.BytesIO()
    policy = agent.policy
    kept = {"asked": asked, "policy": policy.state_dict(), "optimizer": policy.optimizer.state_dict()}
    torch.save({**kept, "steps": agent.num_timesteps, "updates": agent._n_updates}, buffer)
    return buffer.getvalue()
