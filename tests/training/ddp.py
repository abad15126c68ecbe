"""Trains on two processes of a CPU; each leaves its weights. Arguments: folder of the data, folder of the runs."""

import sys
from pathlib import Path

import torch

torch.set_num_threads(1)
from staged_toy import Staged  # noqa: E402
from toys.gan import GAN, GANConfig  # noqa: E402

from worldmodels.data import EpisodeStore  # noqa: E402
from worldmodels.heads import HeadConfig, attach_heads  # noqa: E402
from worldmodels.testing.toy import Toy, ToyConfig  # noqa: E402
from worldmodels.training import TrainConfig, TrainerConfig, train  # noqa: E402
from worldmodels.training.module import WorldModelModule  # noqa: E402


def run(cls: type[Toy] | type[GAN], data: Path, out: Path, trainer: TrainerConfig, steps: int) -> None:
    def keep(module: WorldModelModule) -> None:
        torch.save(module.model.state_dict(), out / f"rank{module.global_rank}.pt")

    WorldModelModule.on_train_end = keep
    store = EpisodeStore(data)
    torch.manual_seed(0)
    model = cls(store.spec, GANConfig() if cls is GAN else ToyConfig(state=8, hidden=16, std=0.1))
    attach_heads(model, {"distance": HeadConfig("distance", hidden=8)})
    out.mkdir(parents=True, exist_ok=True)
    config = TrainConfig(
        steps=steps, batch_size=4, length=4, save_every=4, validate_every=4, log_every=2, trainer=trainer, held_out=0.25
    )
    train(model, store, out, config, progress=False)
    torch.save(model.state_dict(), out / "returned.pt")


if __name__ == "__main__":
    data, runs = Path(sys.argv[1]), Path(sys.argv[2])
    two = TrainerConfig(accelerator="cpu", devices=2, strategy="ddp_fork")
    run(Toy, data, runs / "two", two, 8)
    run(Toy, data, runs / "resumed", two, 4)
    run(Toy, data, runs / "resumed", two, 8)
    run(Staged, data, runs / "staged", two, 8)
    run(GAN, data, runs / "gan", two, 8)
    run(Toy, data, runs / "one", TrainerConfig(accelerator="cpu"), 8)
