import lightning.pytorch as pl
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from worldmodels.training.fit import fit

STEPS = 7


class Line(pl.LightningModule):
    """Fits a line through a network with dropout, so that the global generator matters."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.network = nn.Sequential(nn.Linear(1, 8), nn.Dropout(0.5), nn.Linear(8, 1))

    def training_step(self, batch, batch_idx):
        x, y = batch
        return F.mse_loss(self.network(x), y)

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), 0.05)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=STEPS)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def batch_at(step):
    x = torch.rand(16, 1, generator=torch.Generator().manual_seed(step))
    return x, 3 * x - 1


def weights(module):
    return torch.cat([parameter.detach().flatten() for parameter in module.parameters()])


def test_it_learns_and_says_the_loss_of_every_step():
    module = Line()
    losses = fit(module, batch_at, STEPS)
    assert len(losses) == STEPS and losses[-1] < losses[0]
    assert not module.training and all(parameter.device.type == "cpu" for parameter in module.parameters())


def test_the_seed_decides_what_a_step_draws():
    first, again, other = (fit(Line(), batch_at, STEPS, seed=seed) for seed in (0, 0, 1))
    assert first == again != other


@pytest.mark.parametrize("killed", [3, 5])
def test_a_killed_training_goes_on_bit_for_bit(tmp_path, killed):
    whole, state, asked = Line(), tmp_path / "new" / "state.ckpt", []
    losses = fit(whole, batch_at, STEPS)

    def dies(step):
        if step == killed:
            raise OSError("killed")
        return batch_at(step)

    with pytest.raises(OSError, match="killed"):
        fit(Line(), dies, STEPS, state=state, save_every=2)
    again = Line()
    assert fit(again, lambda step: asked.append(step) or batch_at(step), STEPS, state=state, save_every=2) == losses
    assert asked[0] == killed - 1 and asked[-1] == STEPS - 1
    assert torch.equal(weights(again), weights(whole))


def test_a_finished_training_is_not_repeated(tmp_path):
    state, module, again = tmp_path / "state.ckpt", Line(), Line()
    losses = fit(module, batch_at, STEPS, state=state, save_every=STEPS)
    assert fit(again, None, STEPS, state=state) == losses
    assert torch.equal(weights(again), weights(module))


def test_gradients_are_clipped():
    steps = {clip: weights(_after_one_step(clip)) - weights(Line()) for clip in (None, 1e-3)}
    assert steps[1e-3].norm() == pytest.approx(1e-3, rel=1e-3)
    assert steps[None].norm() > 0.1


def _after_one_step(clip):
    module = Line()
    module.configure_optimizers = lambda: torch.optim.SGD(module.parameters(), 1.0)
    fit(module, batch_at, 1, clip=clip)
    return module


def test_the_bar_shows_how_far_it_is(capsys):
    fit(Line(), batch_at, STEPS, label="drawing a line")
    assert f"{STEPS}/{STEPS}" in capsys.readouterr().err
    fit(Line(), batch_at, STEPS)
    assert "step" not in capsys.readouterr().err
