from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.heads import Head, HeadConfig, Heads, head_losses

WIDTH, BATCH, TIME = 6, 4, 5


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    return Batch(
        torch.zeros(BATCH, TIME, 1, 2, 2),
        rewards=torch.randn(BATCH, TIME - 1, generator=generator),
        terminated=torch.rand(BATCH, TIME - 1, generator=generator) < 0.5,
        signals={"distance": torch.randn(BATCH, TIME, generator=generator)},
    )


@pytest.fixture
def features():
    return torch.randn(BATCH, TIME, WIDTH, generator=torch.Generator().manual_seed(1), requires_grad=True)


@pytest.mark.parametrize("target", ["reward", "terminated", "distance"])
@pytest.mark.parametrize("pair", [False, True])
def test_a_head_reads_the_frames_that_its_target_belongs_to(target, pair, batch, features):
    config = HeadConfig(target, weight=2.0, loss="mse", pair=pair)
    heads = Heads.build({"h": config}, WIDTH)
    head = heads.named("h")
    losses = head_losses(heads, features, batch)
    if target == "distance":
        prediction, wanted = head(features, features), batch.signals["distance"]
    else:
        prediction = head(features[:, 1:], features[:, :-1])
        wanted = batch.rewards if target == "reward" else batch.terminated.float()
    assert torch.allclose(losses["h"], 2.0 * F.mse_loss(prediction, wanted))


@pytest.mark.parametrize("target", ["reward", "distance"])
def test_features_may_begin_later(target, batch, features):
    heads = Heads.build({"h": HeadConfig(target, loss="mse")}, WIDTH)
    late = head_losses(heads, features[:, 2:], batch, first=2)
    shifted = Batch(
        batch.frames[:, 2:], None, batch.rewards[:, 2:], None, {"distance": batch.signals["distance"][:, 2:]}
    )
    assert torch.allclose(late["h"], head_losses(heads, features[:, 2:], shifted)["h"])


def test_detach_stops_the_gradient(batch, features):
    for detach in (True, False):
        features.grad = None
        heads = Heads.build({"h": HeadConfig("reward", detach=detach)}, WIDTH)
        head_losses(heads, features, batch)["h"].backward()
        assert (features.grad is None) is detach


def test_truth_values_are_learned_and_given_as_probabilities(batch, features):
    head = Head(HeadConfig("terminated", loss="bce", hidden=32), WIDTH)
    optimizer = torch.optim.Adam(head.parameters(), 0.01)
    for _ in range(150):
        optimizer.zero_grad()
        head.loss(head(features[:, 1:].detach()), batch.terminated).mean().backward()
        optimizer.step()
    probability = head.value(features[:, 1:])
    assert ((probability > 0.5) == batch.terminated).float().mean() > 0.95
    assert ((probability >= 0) & (probability <= 1)).all()


def test_a_pair_head_needs_both(features):
    with pytest.raises(InputError, match="before the step"):
        Head(HeadConfig("reward", pair=True), WIDTH)(features)


def test_what_was_not_recorded_cannot_be_learned(batch, features):
    heads = Heads.build({"h": HeadConfig("speed")}, WIDTH)
    with pytest.raises(InputError, match=r"'speed'.*reward, terminated, distance"):
        head_losses(heads, features, batch)


def test_an_unknown_head_is_named():
    with pytest.raises(InputError, match=r"no head 'a' \(it has: b\)"):
        Heads.build({"b": HeadConfig("reward")}, WIDTH).named("a")


@pytest.mark.parametrize("sizes", [{"hidden": 0}, {"hidden": -1}, {"hidden": 10**9}, {"layers": -1}, {"layers": 10**9}])
def test_absurd_sizes_are_refused(sizes):
    with pytest.raises(
        InputError, match=r"HeadConfig.(hidden|layers) = -?\d+ is not int, at least [01] and at most (16384|64)"
    ):
        HeadConfig("reward", **sizes)


def test_no_hidden_layer_is_a_linear_head():
    assert sum(p.numel() for p in Head(HeadConfig("reward", layers=0), WIDTH).parameters()) == WIDTH + 1


def test_configs_become_json():
    assert Heads.build({"h": HeadConfig("reward", hidden=3)}, WIDTH).to_json()["h"]["hidden"] == 3


def test_two_hot_heads_learn_rewards_of_any_size(batch, features):
    head = Head(HeadConfig("reward", loss="twohot", hidden=32), WIDTH)
    assert head.value(features[:, 1:]).eq(0).all()
    target = 1000 * batch.rewards
    optimizer = torch.optim.Adam(head.parameters(), 0.01)
    for _ in range(300):
        optimizer.zero_grad()
        head.loss(head(features[:, 1:].detach()), target).mean().backward()
        optimizer.step()
    assert (head.value(features[:, 1:]) - target).abs().mean() < 0.1 * target.abs().mean()


def test_frames_that_weigh_nothing_teach_heads_nothing(batch, features):
    heads = Heads.build({"h": HeadConfig("distance"), "r": HeadConfig("reward")}, WIDTH)
    weights = torch.ones(BATCH, TIME)
    weights[:, 3:] = 0
    weighed = head_losses(heads, features, replace(batch, weights=weights))
    whole = replace(
        batch,
        frames=batch.frames[:, :3],
        rewards=batch.rewards[:, :2],
        signals={"distance": batch.signals["distance"][:, :3]},
    )
    shorter = head_losses(heads, features[:, :3], whole)
    assert all(torch.allclose(weighed[name], shorter[name]) for name in weighed)
