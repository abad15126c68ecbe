import math

import numpy as np
import pytest
import torch

from worldmodels.errors import InputError
from worldmodels.training.fit import fit
from worldmodels_snitch.config import FitConfig
from worldmodels_snitch.frame_lstm import FrameLSTM
from worldmodels_snitch.head import SnitchHead, SnitchHeadConfig
from worldmodels_snitch.inputs import Features, Pixels, true_positions
from worldmodels_snitch.training import CellModule, answer, cell_losses, train_network

CONFIG = FitConfig(steps=6, batch_size=4, frames=4, crops=3, lr=(1e-3, 1e-4), save_every=2)


def still(videos, seed):
    """The snitch stands still in the middle of its cell, another object anywhere."""
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(36), rng.integers(36, size=videos - 36)]) if videos > 36 else np.arange(videos)
    places = np.stack([labels % 6 - 2.5, labels // 6 - 2.5], -1)
    others = rng.uniform(-3, 3, (videos, 8, 1, 2))
    values = np.concatenate([np.broadcast_to(places[:, None, None], (videos, 8, 1, 2)), others], -1)
    return Features(values.astype(np.float32), f"still {seed}"), labels.astype(np.int64)


def head(source, config=SnitchHeadConfig(2, 32, 4)):  # noqa: B008
    torch.manual_seed(0)
    model = SnitchHead(config, source.shape, source.frames, 36)
    model.standardise(*source.moments())
    return model


def test_told_where_the_snitch_is_the_head_finds_it_in_new_videos():
    train, labels = still(360, 0)
    test, right = still(72, 1)
    model = head(train)
    losses = train_network(model, train, labels, FitConfig(steps=250, batch_size=48, frames=4, lr=(3e-3, 1e-5)))
    assert np.mean(losses[:5]) > 3 > 0.8 > np.mean(losses[-5:])
    assert (answer(model, test, CONFIG).argmax(1) == right).mean() > 0.9


def test_a_killed_training_ends_as_an_unbroken_one(tmp_path):
    source, labels = still(12, 0)
    whole = head(source)
    losses = train_network(whole, source, labels, CONFIG)

    class Killed(Features):
        taken = 0

        def take(self, videos, times):
            self.taken += 1
            if self.taken > 5:
                raise OSError("killed")
            return super().take(videos, times)

    state = tmp_path / "x" / "state.ckpt"
    with pytest.raises(OSError, match="killed"):
        train_network(head(source), Killed(source.values, "killed"), labels, CONFIG, state=state)
    again = head(source)
    rest = Killed(source.values, "rest")
    assert train_network(again, rest, labels, CONFIG, state=state) == losses
    assert rest.taken == 2
    for a, b in zip(whole.state_dict().values(), again.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


def test_losses_by_hand():
    logits = torch.full((1, 36), -math.inf)
    logits[0, [0, 35]] = 0.0  # opposite corners, so (0, 0) is expected
    entropy, distance = cell_losses(logits, torch.tensor([0]))
    assert entropy.item() == pytest.approx(math.log(2))
    assert distance.item() == pytest.approx(5.0)


def test_rates_follow_half_a_cosine():
    seen = []

    class Spy(CellModule):
        def training_step(self, batch, batch_idx):
            group = self.trainer.optimizers[0].param_groups[0]
            seen.append((group["lr"], group["weight_decay"]))
            return super().training_step(batch, batch_idx)

    source, labels = still(6, 0)
    config = FitConfig(steps=4, batch_size=2, frames=2, lr=(1.0, 0.0), decay=(0.0, 2.0))
    batch = (torch.zeros(2, 2, 1, 4), torch.tensor([[0, 1], [0, 1]]), torch.from_numpy(labels[:2]))
    fit(Spy(head(source), config), lambda step: batch, config.steps)
    shares = [(1 + math.cos(math.pi * step / 4)) / 2 for step in range(4)]
    assert seen == [(pytest.approx(share), pytest.approx(2 - 2 * share)) for share in shares]


def test_answers_average_over_crops_of_random_frames_in_order():
    seen = []

    class Spy(torch.nn.Module):
        def forward(self, inputs, times):
            seen.append(times)
            return inputs[:, 0, 0, :1] * torch.arange(36.0)

    source, _ = still(6, 0)
    probabilities = answer(Spy(), source, CONFIG)
    assert probabilities.shape == (6, 36)
    np.testing.assert_allclose(probabilities.sum(1), 1.0, rtol=1e-5)
    assert len(seen) == 2 * CONFIG.crops and not torch.equal(seen[0], seen[1])
    assert all((times.diff(dim=1) > 0).all() for times in seen)
    np.testing.assert_array_equal(answer(Spy(), source, CONFIG), probabilities)


def test_masked_objects_are_learned_where_there_are_slots():
    values = np.random.default_rng(0).normal(size=(4, 5, 3, 2)).astype(np.float32)
    source, labels = Features(values, "slots"), np.arange(4)
    plain, masked = (
        train_network(head(source), source, labels, FitConfig(steps=2, batch_size=4, frames=4, masked=weight))
        for weight in (0.0, 1.0)
    )
    assert masked[0] > plain[0] + 0.1


def test_a_small_network_learns_from_pixels(stores):
    source, labels = Pixels(stores[0]), np.array([episode.signals["label"][-1] for episode in stores[0]])
    torch.manual_seed(0)
    model = FrameLSTM((3, 12, 12), source.frames, 36)
    losses = train_network(
        model, source, labels, FitConfig(steps=120, batch_size=24, frames=6, crops=1, lr=(5e-3, 1e-3))
    )
    assert losses[-1] < 0.5 * losses[0]
    assert (answer(model, source, FitConfig(frames=6, crops=1)).argmax(1) == labels).mean() > 0.8


def test_sources_take_the_frames_that_are_asked_for(stores):
    pixels, places = Pixels(stores[1]), true_positions(stores[1])
    videos, times = np.array([3, 0]), np.array([[1, 5], [0, 2]])
    taken = pixels.take(videos, times)
    assert taken.shape == (2, 2, 3, 12, 12)
    np.testing.assert_array_equal(taken[0, 1].permute(1, 2, 0) * 255, stores[1][3].frames[5])
    found = places.take(videos, times)
    assert found.shape == (2, 2, 1, 9)
    np.testing.assert_array_equal(found[1, 1, 0, :3], stores[1][0].signals["positions"][2, 0])
    assert (found[..., 3:] == 0).all()
    mean, std = places.moments()
    np.testing.assert_allclose(mean, places.values.mean((0, 1, 2)), atol=1e-6)
    np.testing.assert_allclose(std, places.values.std((0, 1, 2)), atol=1e-6)


def test_a_subset_reads_its_own_videos(stores):
    some = Pixels(stores[1].subset([4, 6]))
    np.testing.assert_array_equal(
        some.take(np.array([1]), np.array([[2]])), Pixels(stores[1]).take(np.array([6]), np.array([[2]]))
    )
    assert len(some) == 2 and some.identity != Pixels(stores[1]).identity


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"frames": 0}, {"lr": (-1.0, 0.0)}, {"masked": -1.0}])
def test_impossible_settings(wrong):
    with pytest.raises(InputError, match=f"FitConfig.{next(iter(wrong))} = "):
        FitConfig(**wrong)
