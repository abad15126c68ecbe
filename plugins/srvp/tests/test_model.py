from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import Space
from gymnasium.spaces import Box, Discrete
from torch import Tensor

import worldmodels.checkpoints
from worldmodels.abilities import abilities
from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.plugins import build
from worldmodels.rollout import pack
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_srvp import SRVP

TINY: dict[str, Any] = {"filters": 4, "inference_hidden": 16, "dynamics_hidden": 16, "state": 6, "latent": 5}
SPACES = [None, Discrete(3), Box(-1, 1, (2,))]
VARIANTS: list[dict[str, Any]] = [
    {},
    {"inference_frames": 1, "euler_steps": 2},
    {"inference_frames": 4, "content": 0},
    {"architecture": "dcgan", "skips": True, "inference_frames": 3},
    {"architecture": "vgg", "skips": True},
    {"direct": True, "euler_steps": 2},
    {"direct": True, "dynamics": "mlp"},
    {"dynamics": "mlp"},
    {"dynamics": "gru"},
]


def make(space: Space[Any] | None = None, size: int = 32, **settings: Any) -> SRVP:
    torch.manual_seed(0)
    model = build(SRVP, WorldSpec((3, size, size), space), None, {**TINY, **settings})
    assert isinstance(model, SRVP)
    return model


def clips(model: SRVP, batch: int = 2, time: int = 7) -> tuple[Tensor, Tensor | None]:
    torch.manual_seed(1)
    frames, space = torch.rand(batch, time, *model.spec.frame_shape), model.spec.action_space
    if space is None:
        return frames, None
    space.seed(0)
    taken = [[space.sample() for _ in range(time - 1)] for _ in range(batch)]
    return frames, model.codec.encode(np.array(taken))


def part(actions: Tensor | None, start: int, stop: int | None = None) -> Tensor | None:
    return None if actions is None else actions[:, start:stop]


@pytest.mark.parametrize(
    ("preset", "shape", "count"),
    [("smmnist", (1, 64, 64), 10_678_284), ("kth", (1, 64, 64), 23_877_854), ("bair", (3, 64, 64), 23_847_390)],
)
def test_parameter_counts_are_those_of_the_authors(preset: str, shape: tuple[int, int, int], count: int) -> None:
    with torch.device("meta"):
        model = build(SRVP, WorldSpec(shape), preset)
    assert sum(parameter.numel() for parameter in model.parameters()) == count


@pytest.mark.parametrize("size", [32, 64])
@pytest.mark.parametrize("space", SPACES)
def test_defaults_suit_small_and_large_frames(space: Space[Any] | None, size: int) -> None:
    model = make(space, size)
    frames, actions = clips(model, time=3)
    rollout = model.imagine(model.observe(frames, actions), actions, horizon=2)
    assert model.render(rollout).shape == (2, 2, 3, size, size)


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("settings", VARIANTS)
def test_observing_in_parts_is_observing_at_once(space: Space[Any] | None, settings: dict[str, Any]) -> None:
    model = make(space, **settings).eval()
    frames, actions = clips(model)
    whole = model.observe(frames, actions, every=True, temperature=0)
    for cut in range(1, 7):
        begun = model.observe(frames[:, :cut], part(actions, 0, cut - 1), temperature=0)
        rest = model.observe(frames[:, cut:], part(actions, cut - 1), belief=begun, every=True, temperature=0)
        torch.testing.assert_close(rest.last.to_dict(), whole.last.to_dict(), atol=1e-5, rtol=0)
        torch.testing.assert_close(model.features(rest), model.features(whole)[:, cut:], atol=1e-5, rtol=0)
        torch.testing.assert_close(model.features(begun), model.features(whole)[:, cut - 1], atol=1e-5, rtol=0)


def test_beliefs_of_different_ages_stack() -> None:
    model = make(Discrete(3), inference_frames=3).eval()
    frames, actions = clips(model, 2, 4)
    assert actions is not None
    apart = [
        model.observe(frames[:1, :1], None, temperature=0),
        model.observe(frames[1:, :3], actions[1:, :2], temperature=0),
    ]
    together = torch.cat(apart, 0)
    after = model.observe(frames[:, 3:], actions[:, 2:], belief=together, temperature=0)
    for index, belief in enumerate(apart):
        rows = slice(index, index + 1)
        alone = model.observe(frames[rows, 3:], actions[rows, 2:], belief=belief, temperature=0)
        torch.testing.assert_close(after[rows].to_dict(), alone.to_dict(), atol=1e-5, rtol=0)


def test_frames_do_not_undo_what_was_imagined() -> None:
    model = make(Discrete(3), inference_frames=3).eval()
    frames, actions = clips(model, 2, 3)
    assert actions is not None
    begun = model.observe(frames[:, :1], temperature=0)
    one, other = (model.step(begun, action, temperature=0) for action in torch.eye(3)[:2, None].expand(-1, 2, -1))
    seen = [model.observe(frames[:, 1:2], actions[:, :1], belief=b, temperature=0)["y"] for b in (one, other)]
    assert (seen[0] - seen[1]).abs().max() > 1e-4


@pytest.mark.parametrize("space", SPACES[1:])
@pytest.mark.parametrize("kind", ["residual", "mlp", "gru"])
def test_an_action_matters_from_the_next_frame_on(space: Space[Any], kind: str) -> None:
    model = make(space, dynamics=kind).eval()
    frames, actions = clips(model)
    assert actions is not None
    changed = actions.clone()
    changed[:, 3] = torch.roll(actions[:, 3], 1, -1) + (0.5 if isinstance(space, Box) else 0.0)
    belief = model.observe(frames[:, :1])
    before, after = (model.imagine(belief, a, temperature=0).beliefs["y"] for a in (actions, changed))
    moved = (before - after).abs().amax((0, 2))
    assert (moved[:3] == 0).all() and (moved[3:] > 0).all()
    seen = [model.features(model.observe(frames, a, every=True, temperature=0)) for a in (actions, changed)]
    moved = (seen[0] - seen[1]).abs().amax((0, 2))
    assert (moved[:4] == 0).all() and (moved[4:] > 0).all()


@pytest.mark.parametrize("settings", VARIANTS)
def test_videos_of_a_batch_do_not_touch_one_another(settings: dict[str, Any]) -> None:
    model = make(Discrete(3), **settings).eval()
    frames, actions = clips(model, 3)
    assert actions is not None
    both = model.imagine(model.observe(frames, actions, temperature=0), actions, temperature=0)
    alone = model.imagine(model.observe(frames[1:2], actions[1:2], temperature=0), actions[1:2], temperature=0)
    torch.testing.assert_close(model.render(both[1:2]), model.render(alone), atol=1e-5, rtol=0)


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("settings", VARIANTS)
def test_gradients_reach_every_parameter(space: Space[Any] | None, settings: dict[str, Any]) -> None:
    model = make(space, **settings)
    frames, actions = clips(model)
    terms = model.losses(Batch(frames, actions), Moment.at(0.0))
    rollout = terms.beliefs
    assert rollout is not None
    terms["total"].backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []
    assert rollout.beliefs["y"].requires_grad
    model.imagine(rollout.last, part(actions, 0, 2), horizon=2)


def test_training_beliefs_can_be_gone_on_from_by_what_varies_alone() -> None:
    model = make(Discrete(3))
    frames, actions = clips(model)
    rollout = model.losses(Batch(frames, actions), Moment.at(0.0)).beliefs
    assert rollout is not None
    belief = pack({key: rollout.beliefs[key][:, 2] for key in model.varying}, (2,))
    with model.differentiable():
        features = model.features(model.imagine(belief, part(actions, 2, 5)))
    features.square().sum().backward()
    assert model.inference.q_y[0].weight.grad is not None


def test_losses_add_up_as_configured() -> None:
    settings = {"beta": 2.0, "beta_start": 3.0, "residual_penalty": 0.5, "likelihood": "gaussian"}
    video = make(per="video", **settings)
    frames, _ = clips(video)
    torch.manual_seed(0)
    terms = video.losses(Batch(frames), Moment.at(0.0))
    expected = terms["reconstruction"] + 3 * terms["kl_start"] + 2 * terms["kl"] + 0.5 * terms["residual"]
    torch.testing.assert_close(terms["total"], expected)
    assert all(term > 0 for term in terms.values())
    frame = make(per="frame", **settings)
    torch.manual_seed(0)
    for name, term in frame.losses(Batch(frames), Moment.at(0.0)).items():
        torch.testing.assert_close(7 * term, terms[name])


def test_decoding_some_frames_estimates_all() -> None:
    every, some = make(short_starts=0.0), make(short_starts=0.0, decoded_frames=2)
    frames = torch.linspace(0.3, 0.7, 7)[None, :, None, None, None].expand(400, -1, 3, 32, 32)

    def nll(model: SRVP, videos: int) -> Tensor:
        return model.losses(Batch(frames[:videos]), Moment.at(0.0))["reconstruction"].detach()

    assert (
        torch.stack([nll(some, 1) for _ in range(8)]).std() > 10 * torch.stack([nll(every, 1) for _ in range(8)]).std()
    )
    torch.testing.assert_close(nll(some, 400), nll(every, 400), rtol=0.03, atol=0)


@pytest.mark.parametrize("settings", VARIANTS)
def test_the_generator_decides_everything(settings: dict[str, Any]) -> None:
    model = make(**settings).eval()
    frames, _ = clips(model)

    def video(seed: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        belief = model.observe(frames, generator=generator)
        return model.render(model.imagine(belief, horizon=3, generator=generator))

    first = video(0)
    torch.manual_seed(99)
    assert torch.equal(first, video(0)) and not torch.equal(first, video(1))


def test_imagining_is_stepping() -> None:
    model = make(Discrete(3), euler_steps=2).eval()
    frames, actions = clips(model)
    assert actions is not None
    belief = model.observe(frames, actions)
    rollout = model.imagine(belief, actions, generator=torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(0)
    for time in range(6):
        belief = model.step(belief, actions[:, time], generator=generator)
        torch.testing.assert_close(model.features(rollout)[:, time], model.features(belief))
    torch.testing.assert_close(rollout.last.to_dict(), belief.to_dict())


@pytest.mark.parametrize("euler_steps", [1, 2, 3])
def test_times_between_frames_lie_on_the_way_of_the_euler_steps(euler_steps: int) -> None:
    model = make(Discrete(3), euler_steps=euler_steps).eval()
    frames, actions = clips(model)
    belief = model.observe(frames, actions, temperature=0)
    assert actions is not None
    coarse = model.imagine(belief, actions, temperature=0).beliefs["y"]
    fine = torch.arange(1, 2 * actions.shape[1] + 1) / 2
    asked = model.imagine_at(belief, fine.expand(len(frames), -1), actions, temperature=0)
    torch.testing.assert_close(asked.beliefs["y"][:, 1::2], coarse)
    torch.testing.assert_close(asked.last["y"], asked.beliefs["y"][:, -1])
    z, _ = model.dynamics.prior(belief["y"], actions[:, 0])
    first = belief["y"] + model.dynamics.change(belief["y"], z, actions[:, 0], min(0.5, 1 / euler_steps))
    same = torch.allclose(asked.beliefs["y"][:, 0], first, atol=1e-6)
    assert same == (euler_steps in (1, 2))


def test_times_may_differ_between_the_items_of_a_batch() -> None:
    model = make(euler_steps=2).eval()
    belief = model.observe(clips(model)[0], temperature=0)
    times = torch.rand(len(clips(model)[0]), 3) * 4 + 0.1
    together = model.imagine_at(belief, times, temperature=0)
    for item in range(len(times)):
        alone = model.imagine_at(belief[item : item + 1], times[item : item + 1], temperature=0)
        torch.testing.assert_close(alone.beliefs["y"], together.beliefs["y"][item : item + 1])
        torch.testing.assert_close(alone.last["y"][0], together.last["y"][item])


@pytest.mark.parametrize("kind", ["mlp", "gru"])
def test_without_residuals_states_between_frames_lie_on_a_straight_line(kind: str) -> None:
    model = make(dynamics=kind).eval()
    belief = model.observe(clips(model)[0], temperature=0)
    y = model.imagine_at(belief, torch.tensor([[2.0, 1.0, 1.25]] * 2), temperature=0).beliefs["y"]
    torch.testing.assert_close(y[:, 2], torch.lerp(y[:, 1], y[:, 0], 0.25))


def test_swapped_content_is_what_is_decoded() -> None:
    model = make(architecture="dcgan", skips=True).eval()
    frames, _ = clips(model)
    one, other = (model.observe(frames[i : i + 1], temperature=0) for i in range(2))
    swapped = model.swap_content(one, other)
    assert torch.equal(swapped["y"], one["y"]) and torch.equal(swapped["w"], other["w"])
    moving = pack({**dict(other.items()), "y": one["y"]}, (1,))
    torch.testing.assert_close(model.render(swapped), model.render(moving))
    assert (model.render(swapped) - model.render(one)).abs().max() > 1e-4


def test_skips_are_stored_once() -> None:
    model = make(architecture="dcgan", skips=True).eval()
    belief = model.observe(clips(model)[0])
    rollout = model.imagine(belief, horizon=5)
    assert rollout.constant["skip0"].data_ptr() == belief["skip0"].data_ptr()
    assert rollout.beliefs["w"].untyped_storage().nbytes() == belief["w"].untyped_storage().nbytes()


def test_abilities_are_found() -> None:
    assert abilities(SRVP) == ["AnyTime", "Swappable"]


def test_half_precision_arithmetic_gives_whole_frames() -> None:
    model = make(Discrete(3))
    frames, actions = clips(model)
    with torch.autocast("cpu", torch.bfloat16):
        terms = model.losses(Batch(frames, actions), Moment.at(0.0))
        terms["total"].backward()
        belief = model.observe(frames, actions)
        belief = model.observe(frames[:, :1], part(actions, 0, 1), belief=belief)
        rollout = model.imagine(belief, actions)
        video = model.render(rollout)
    assert video.dtype == rollout.beliefs["y"].dtype == torch.float32 and video.isfinite().all()


@pytest.mark.parametrize(
    ("settings", "size", "message"),
    [({}, 36, "multiples of 8"), ({"architecture": "vgg"}, 40, "multiples of 16"), ({"skips": True}, 32, "no skip")],
)
def test_what_does_not_fit_is_refused(settings: dict[str, Any], size: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make(size=size, **settings)


def test_a_saved_model_comes_back(tmp_path: Path) -> None:
    model = make(Discrete(3), architecture="dcgan", skips=True).eval()
    frames, actions = clips(model)
    loaded = worldmodels.checkpoints.load(worldmodels.checkpoints.save(model, tmp_path / "model"))
    videos = []
    for each in (model, loaded):
        rollout = each.imagine(each.observe(frames, actions, temperature=0), actions, temperature=0)
        videos.append(each.render(rollout))
    assert loaded.config == model.config and torch.equal(videos[0], videos[1])
