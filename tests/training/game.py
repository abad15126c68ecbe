"""A GAN trained by turns: by the training, and by two optimisers in a loop written straight down."""

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "testing"))
from toys.gan import GAN, GANConfig

from worldmodels.batch import Batch
from worldmodels.data.frames import to_float
from worldmodels.stages import StagePlan
from worldmodels.training.data import ClipData
from worldmodels.training.randomness import TRAIN, seed_torch


def fresh(spec) -> GAN:
    torch.manual_seed(0)
    return GAN(spec, GANConfig())


def by_two_optimisers(model: GAN, store, config) -> None:
    """Each player with an Adam of its own, its turns counted by hand."""
    players = {
        "critic": torch.optim.Adam(model.critic.parameters(), 5 * config.optimizer.lr, (0.0, 0.99), fused=True),
        "generator": torch.optim.Adam(
            [p for name, p in model.named_parameters() if not name.startswith("critic.")],
            config.optimizer.lr,
            config.optimizer.betas,
            fused=True,
        ),
    }
    plan = StagePlan.lay(model.stages, config.steps)
    data = ClipData([store], model, config, plan)
    dataset = data._dataset(data.parts[0], data._lengths, 1, 0)
    for step in range(config.steps):
        batch: Batch = dataset[step]
        clips = Batch(to_float(batch.frames), batch.actions)
        seed_torch(config.seed, TRAIN, step, 0)
        turn = "generator" if step % 3 == 2 else "critic"
        for player in players.values():
            player.zero_grad()
        model.losses(clips, plan.moment(step))["total"].backward()
        players[turn].step()
