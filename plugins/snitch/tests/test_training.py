import math

import numpy as np
import pytest
import torch

from worldmodels.errors import InputError
from worldmodels_snitch import fitting
from worldmodels_snitch.config import FitConfig
from worldmodels_snitch.fitting import answers, cell_losses, fit
from worldmodels_snitch.head import SnitchHead, SnitchHeadConfig
from worldmodels_snitch.recurrent import FrameLSTM
from worldmodels_snitch.sources import Features, Pixels, true_positions

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
    losses = fit(model, train, labels, FitConfig(steps=250, batch_size=48, frames=4, lr=(3e-3, 1e-5)))
    assert np.mean(losses[:5]) > 3 > 0.8 > np.mean(losses[-5:])
    assert (answers(model, test, CONFIG).argmax(1) == right).mean() > 0.9


def test_a_killed_training_ends_as_an_unbroken_one(tmp_path, monkeypatch):
    source, labels = still(12, 0)
    whole = head(source)
    losses = fit(whole, source, labels, CONFIG)
    step, taken = fitting._step, []

    def killed(*arguments):
        taken.append(arguments[-1])
        if len(taken) == 5:
            raise KeyboardInterrupt
        return step(*arguments)

    monkeypatch.setattr(fitting, "_step", killed)
    with pytest.raises(KeyboardInterrupt):
        fit(head(source), source, labels, CONFIG, state=tmp_path / "x" / "state.pt")
    again = head(source)
    assert fit(again, source, labels, CONFIG, state=tmp_path / "x" / "state.pt") == losses
    assert taken == [0, 1, 2, 3, 4, 4, 5]
    for a, b in zip(whole.state_dict().values(), again.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)


def test_losses_by_hand():
    logits = torch.full((1, 36), -math.inf)
    logits[0, [0, 35]] = 0.0  # opposite corners, so (0, 0) is expected
    entropy, distance = cell_losses(logits, torch.tensor([0]))
    assert entropy.item() == pytest.approx(math.log(2))
    assert distance.item() == pytest.approx(5.0)


def test_rates_follow_half_a_cosine():
    optimizer = torch.optim.Adam([torch.zeros(1, requires_grad=True)])
    config = FitConfig(lr=(1.0, 0.0), decay=(0.0, 2.0))
    for progress, rate in ((0.0, 1.0), (0.5, 0.5), (1.0, 0.0)):
        fitting._set_rates(optimizer, config, progress)
        assert optimizer.param_groups[0]["lr"] == pytest.approx(rate)
        assert optimizer.param_groups[0]["weight_decay"] == pytest.approx(2 - 2 * rate)


def test_answers_average_over_crops_of_random_frames_in_order():
    seen = []

    class Spy(torch.nn.Module):
        def forward(self, inputs, times):
            seen.append(times)
            return inputs[:, 0, 0, :1] * torch.arange(36.0)

    source, _ = still(6, 0)
    probabilities = answers(Spy(), source, CONFIG)
    assert probabilities.shape == (6, 36)
    np.testing.assert_allclose(probabilities.sum(1), 1.0, rtol=1e-5)
    assert len(seen) == 2 * CONFIG.crops and not torch.equal(seen[0], seen[1])
    assert all((times.diff(dim=1) > 0).all() for times in seen)
    np.testing.assert_array_equal(answers(Spy(), source, CONFIG), probabilities)


def test_masked_objects_are_learned_where_there_are_slots():
    values = np.random.default_rng(0).normal(size=(4, 5, 3, 2)).astype(np.float32)
    source, labels = Features(values, "slots"), np.arange(4)
    plain, masked = (
        fit(head(source), source, labels, FitConfig(steps=2, batch_size=4, frames=4, masked=weight))
        for weight in (0.0, 1.0)
    )
    assert masked[0] > plain[0] + 0.1


def test_a_small_network_learns_from_pixels(stores):
    source, labels = Pixels(stores[0]), np.array([episode.signals["label"][-1] for episode in stores[0]])
    torch.manual_seed(0)
    model = FrameLSTM((3, 12, 12), source.frames, 36)
    losses = fit(model, source, labels, FitConfig(steps=120, batch_size=24, frames=6, crops=1, lr=(5e-3, 1e-3)))
    assert losses[-1] < 0.5 * losses[0]
    assert (answers(model, source, FitConfig(frames=6, crops=1)).argmax(1) == labels).mean() > 0.8


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
    with pytest.raises(InputError, match="must"):
        FitConfig(**wrong)
