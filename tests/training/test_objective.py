from dataclasses import replace

import pytest
import torch

from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.heads import HeadConfig
from worldmodels.losses import Losses
from worldmodels.rollout import Rollout, pack
from worldmodels.stages import Moment
from worldmodels.testing.toy import Toy
from worldmodels.training.objective import objective

BEGIN = Moment(0, 100)


class Silent(Toy):
    """Learns from its heads alone, and observes every frame by itself."""

    def losses(self, batch, moment):
        return {"total": torch.zeros(())}

    def _observe(self, frames, actions, belief, noise):
        states = self.encoder(frames.flatten(2))
        last = pack({"state": states[:, -1]}, states.shape[:1])
        return Rollout(pack({"state": states}, states.shape[:2]), last, pack({}, states.shape[:1]))


class Recurrent(Silent):
    """Keeps an entry that rollouts do not."""

    def _step(self, belief, action, noise):
        return pack({**dict(super()._step(belief, action, noise).items()), "memory": belief["memory"]}, (2,))

    def _observe(self, frames, actions, belief, noise):
        rollout = super()._observe(frames, actions, belief, noise)
        rollout.last["memory"] = rollout.last["state"]
        return rollout


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    frames = torch.rand(2, 5, 3, 8, 8, generator=generator)
    actions = torch.nn.functional.one_hot(torch.randint(4, (2, 4), generator=generator), 4).float()
    rewards = torch.randn(2, 4, generator=generator)
    return Batch(frames, actions, rewards, signals={"distance": torch.rand(2, 5, generator=generator)})


def gradients(model, batch, open_loop):
    model.zero_grad()
    objective(model, batch, BEGIN, open_loop)["total"].backward()
    return {name for name, p in model.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}


def test_head_losses_reach_the_latents_and_on_imagined_beliefs_the_transition(make_model, batch):
    model = make_model(Silent)
    seen = gradients(model, batch, open_loop=0)
    assert "encoder.weight" in seen and "transition.0.weight" not in seen
    assert {"encoder.weight", "transition.0.weight"} <= gradients(model, batch, open_loop=3)


def test_detached_heads_leave_the_model_alone(make_model, batch):
    heads = {"distance": HeadConfig("distance", detach=True)}
    assert all(name.startswith("heads.") for name in gradients(make_model(Silent, heads=heads), batch, open_loop=3))


def test_total_is_the_sum_of_the_models_and_the_heads_terms(make_model, batch):
    terms = objective(make_model(), batch, BEGIN, 3)
    heads = {"head/distance", "head/reward", "open_loop/distance", "open_loop/reward"}
    assert set(terms) == {"reconstruction", "prediction", "total", *heads}
    assert terms["total"].item() == pytest.approx(sum(v.item() for n, v in terms.items() if n != "total"), rel=1e-5)


def test_imagined_beliefs_meet_the_targets_of_their_times(make_model, batch):
    """A world whose state counts the frames: heads that read it off are right at every random time."""

    class Counting(Silent):
        def _observe(self, frames, actions, belief, noise):
            rollout = super()._observe(frames, actions, belief, noise)
            times = torch.arange(frames.shape[1], dtype=torch.float32).expand(len(frames), -1)
            return type(rollout)(pack({"state": times.unsqueeze(-1)}, times.shape), rollout.last, rollout.constant)

        def _step(self, belief, action, noise):
            return pack({"state": belief.get("state") + 1}, belief.batch_size)

    heads = {"distance": HeadConfig("distance", layers=0), "reward": HeadConfig("reward", layers=0, pair=True)}
    model = make_model(Counting, heads={}, state=1)
    model.heads = type(model.heads).build(heads, 1)
    for head in model.heads.values():
        torch.nn.init.constant_(head.network[0].weight, 1.0)
        torch.nn.init.zeros_(head.network[0].bias)
    times = torch.arange(5.0).expand(2, -1)
    exact = Batch(batch.frames, batch.actions, times[:, 1:] + times[:, :-1], signals={"distance": times})
    for seed in range(6):
        torch.manual_seed(seed)
        assert objective(model, exact, BEGIN, 2)["total"].item() == pytest.approx(0.0, abs=1e-9)


def test_clips_of_one_frame_have_no_step_to_learn_from(make_model, batch):
    still = Batch(batch.frames[:, :1], batch.actions[:, :0], batch.rewards[:, :0])
    assert set(objective(make_model(Silent), still, BEGIN, 3)) == {"total"}


def test_a_belief_that_cannot_be_resumed_says_what_is_missing(make_model, batch, monkeypatch):
    model = make_model(Recurrent, heads={"distance": HeadConfig("distance")})
    assert "head/distance" in objective(model, batch, BEGIN, 0)
    with pytest.raises(InputError, match=r"reads .*memory.*override `resume`"):
        objective(model, batch, BEGIN, 3)
    monkeypatch.setattr(Recurrent, "_step", Silent._step)
    assert "open_loop/distance" in objective(model, batch, BEGIN, 3)


def test_heads_learn_on_the_beliefs_of_the_losses_pass(make_model, batch, monkeypatch):
    class Whole(Silent):
        def losses(self, batch, moment):
            return Losses({"total": torch.zeros(())}, self._observe(batch.frames, None, None, None))

    model = make_model(Whole)
    monkeypatch.setattr(model, "observe", lambda *_, **__: pytest.fail("a second pass over the frames"))
    assert {"encoder.weight", "transition.0.weight"} <= gradients(model, batch, open_loop=3)


def test_sparse_clips_need_beliefs_for_heads(make_model, batch):
    sparse = replace(batch, times=torch.tensor([0.0, 2, 3, 5, 6]).expand(2, -1))
    with pytest.raises(InputError, match="sparse clips"):
        objective(make_model(Silent), sparse, BEGIN, 3)
