"""The same numbers as the paper's procedure, frame by frame."""

import gymnasium
import pytest
import torch

from worldmodels.batch import Batch
from worldmodels.blocks import Gaussian
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_svg.model import SVG

SMALL = {"filters": 4, "encoding": 8, "latent": 3, "hidden": 16, "context": 3}
COLD = {"temperature": 0.0}


def make(**changes):
    torch.manual_seed(0)
    return build(SVG, WorldSpec((1, 16, 16)), None, {**SMALL, **changes})


def videos(batch=3, time=7):
    return torch.rand(batch, time, 1, 16, 16, generator=torch.Generator().manual_seed(1))


class Naive:
    """The authors' loops: one LSTM cell, one frame, one concatenation after the other, z at its mean."""

    def __init__(self, model, batch):
        self.model = model
        self.states = {name: None for name in ("posterior", "prior", "predictor")}

    def run(self, name, recurrent, inputs):
        output, self.states[name] = recurrent.lstm(recurrent.embedding(inputs)[:, None], self.states[name])
        return output[:, 0]

    def gaussian(self, name, encoding):
        network = getattr(self.model, name)
        hidden = self.run(name, network.recurrent, encoding)
        return Gaussian.log_variance(network.mean(hidden), network.log_variance(hidden))

    def predict(self, encoding, z, maps):
        hidden = self.run("predictor", self.model.predictor, torch.cat([encoding, z], 1))
        return self.model.decoder(self.model.prediction(hidden), self.model.decoder.skips(maps)).sigmoid()


@torch.no_grad()
def test_imagined_frames_are_those_of_the_authors_loop():
    model, frames = make().eval(), videos()
    naive = Naive(model, len(frames))
    for time in range(1, 4):
        (before, _), (after, maps) = model.encoder(frames[:, time - 1]), model.encoder(frames[:, time])
        z = naive.gaussian("posterior", after).mean
        naive.gaussian("prior", before)
        naive.predict(before, z, maps)
    frame, expected = frames[:, 3], []
    for _ in range(5):
        encoding, _ = model.encoder(frame)
        frame = naive.predict(encoding, naive.gaussian("prior", encoding).mean, maps)
        expected.append(frame)
    belief = model.observe(frames[:, :4], **COLD)
    rollout = model.imagine(belief, horizon=5, **COLD)
    torch.testing.assert_close(model.render(rollout), torch.stack(expected, 1), atol=1e-5, rtol=0)
    assert torch.equal(model.render(belief), frames[:, 3])


def test_losses_are_those_of_the_authors_loop(monkeypatch):
    model, frames = make().eval(), videos()
    monkeypatch.setattr(Gaussian, "rsample", lambda self, noise: self.mean)
    naive, errors, divergence = Naive(model, len(frames)), 0, 0
    for time in range(1, frames.shape[1]):
        encoding, new = model.encoder(frames[:, time - 1])
        maps = new if time <= model.config.context else maps  # noqa: F821
        q = naive.gaussian("posterior", model.encoder(frames[:, time])[0])
        p = naive.gaussian("prior", encoding)
        errors += (naive.predict(encoding, q.mean, maps) - frames[:, time]).square().mean()
        divergence += q.kl(p).sum() / len(frames)
    terms = model.losses(Batch(frames), Moment.at(0.0))
    torch.testing.assert_close(terms["reconstruction"], errors)
    torch.testing.assert_close(terms["kl"], divergence)
    torch.testing.assert_close(terms["total"], errors + 1e-4 * divergence)


@pytest.mark.parametrize("time", [2, 3, 9])
def test_clips_may_be_shorter_or_longer_than_the_context(time):
    assert make().losses(Batch(videos(time=time)), Moment.at(0.0))["total"].isfinite()


@pytest.mark.parametrize("space", [None, gymnasium.spaces.Discrete(3)])
@pytest.mark.parametrize("time", [0, 1, 4])
def test_a_training_rollout_can_be_resumed_at_any_time(monkeypatch, space, time):
    monkeypatch.setattr(Gaussian, "rsample", lambda self, noise: self.mean)
    model, frames = build(SVG, WorldSpec((1, 16, 16), space), None, SMALL).eval(), videos()
    actions = None if space is None else model.codec.encode(torch.arange(18).reshape(3, 6).numpy() % 3)
    rollout = model.losses(Batch(frames, actions), Moment.at(0.0)).beliefs
    resumed = model.resume(rollout, time)
    past, future = (None, None) if actions is None else (actions[:, :time], actions[:, :2])
    seen = model.observe(frames[:, : time + 1], past)
    assert set(resumed.keys()) == set(seen.keys())
    for name, entry in seen.items():
        torch.testing.assert_close(resumed[name].detach(), entry, atol=1e-5, rtol=0)
    assert resumed["hidden"].requires_grad and model.imagine(resumed, future, horizon=2).horizon == 2


def test_skips_stay_those_of_the_last_frame_seen():
    model = make().eval()
    belief = model.observe(videos(time=2))
    later = model.imagine(belief, horizon=3).last
    assert all(torch.equal(belief[f"skip{index}"], later[f"skip{index}"]) for index in range(4))
    seen = model.observe(videos()[:, :1], belief=belief)
    assert not torch.equal(belief["skip0"], seen["skip0"])


def test_rollouts_hold_no_skips_and_beliefs_share_no_memory_with_the_frames():
    model, frames = make().eval(), videos()
    belief = model.observe(frames)
    assert set(model.imagine(belief, horizon=2).beliefs.keys()) == {"frame", "encoding", "hidden"}
    kept = belief["frame"].clone()
    frames.zero_()
    assert torch.equal(belief["frame"], kept)


def test_batch_statistics_are_the_batchs_own_and_leave_no_trace():
    model, frames = make(batch_statistics=True).eval(), videos()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    full, part = (model.features(model.observe(f)) for f in (frames, frames[:2]))
    assert not torch.allclose(full[:2], part, atol=1e-4)
    assert all(torch.equal(tensor, model.state_dict()[name]) for name, tensor in before.items())
    own = make().eval()
    full, part = (own.features(own.observe(f)) for f in (frames, frames[:2]))
    # A posterior draws, so only the encodings are compared.
    torch.testing.assert_close(full[:2, :8], part[:, :8], atol=1e-5, rtol=0)


def test_actions_steer_in_half_precision_too():
    torch.manual_seed(0)
    space = gymnasium.spaces.Discrete(3)
    model = build(SVG, WorldSpec((1, 16, 16), space), None, SMALL).eval()
    actions = model.codec.encode(torch.tensor([[0, 1], [2, 0]]).numpy())
    with torch.autocast("cpu", torch.bfloat16):
        rollout = model.imagine(model.observe(videos(2, 3), actions, **COLD), actions, **COLD)
        loss = model.losses(Batch(videos(2, 3), actions), Moment.at(0.0))["total"]
    assert {entry.dtype for entry in rollout.last.values()} <= {torch.float32, torch.bfloat16}
    assert model.render(rollout).dtype == model.features(rollout).dtype == torch.float32 and loss.isfinite()
    other = model.imagine(rollout.last, actions.flip(1), **COLD)
    assert not torch.equal(model.features(other), model.features(model.imagine(rollout.last, actions, **COLD)))


def test_training_learns_to_predict():
    model = make(filters=8).train()
    frames = torch.zeros(4, 6, 1, 16, 16)
    for time in range(6):
        frames[:, time, :, 4:12, 2 * time : 2 * time + 4] = 1
    optimiser = torch.optim.Adam(model.parameters(), 2e-3)
    errors = []
    for _ in range(80):
        terms = model.losses(Batch(frames), Moment.at(0.0))
        optimiser.zero_grad()
        terms["total"].backward()
        optimiser.step()
        errors.append(terms["reconstruction"].item())
    assert errors[-1] < 0.2 * errors[0]
