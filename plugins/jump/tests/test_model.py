"""What JUMP promises beyond the contract."""

import gymnasium
import pytest
import torch

from worldmodels.batch import Batch
from worldmodels.errors import InputError
from worldmodels.plugins import build
from worldmodels.spec import WorldSpec
from worldmodels.stages import Moment
from worldmodels_jump.model import JUMP

SPEC = WorldSpec((3, 16, 16))
FRAMES = torch.rand(4, 6, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def make(spec=SPEC, **config):
    torch.manual_seed(0)
    model = build(JUMP, spec, "tiny", config)
    # Off their initial values, so that nothing is zero by initialisation.
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model.eval()


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("latent", ["scene", "target", "none"])
def test_the_order_of_queries_changes_no_frame(latent):
    model = make(latent=latent)
    belief = model.observe(FRAMES)
    times = torch.tensor([[3.0, 40.0, 0.5, 7.0]]).expand(4, -1)
    frames = model.render(model.imagine_at(belief, times, generator=seeded()))
    order = [2, 0, 3, 1]
    again = model.render(model.imagine_at(belief, times[:, order], generator=seeded()))
    assert torch.allclose(again, frames[:, order], atol=1e-5)


def test_frames_asked_alone_and_together_are_the_same():
    model = make()
    belief = model.observe(FRAMES)
    together = model.render(model.imagine_at(belief, torch.tensor([[1.0, 40.0]]).expand(4, -1), generator=seeded()))
    alone = model.render(model.imagine_at(belief, torch.full((4, 1), 40.0), generator=seeded()))
    assert torch.allclose(alone[:, 0], together[:, 1], atol=1e-5)
    other = model.render(model.imagine_at(belief, torch.full((4, 1), 40.0), generator=seeded(1)))
    assert not torch.allclose(other, alone, atol=1e-3)


def test_a_branch_keeps_its_scene_and_what_is_seen_ends_it():
    model = make()
    imagined = model.imagine(model.observe(FRAMES[:, :2]), horizon=1, generator=seeded()).last
    further = model.imagine(imagined, horizon=2, generator=seeded(5)).last
    assert torch.equal(further["scene"], imagined["scene"]) and further["key"].unique().tolist() == [4.0]
    seen = model.observe(FRAMES[:, 2:3], belief=model.observe(FRAMES[:, :2]))
    assert not seen["drawn"].any() and not torch.equal(seen["scene"], imagined["scene"])


def test_only_rows_not_yet_drawn_are_drawn():
    model = make()
    observed = model.observe(FRAMES)
    imagined = model.imagine(observed, horizon=1, generator=seeded()).last
    mixed = torch.cat([imagined[:2], observed[2:]])
    after = model.imagine(mixed, horizon=1, generator=seeded(3)).last
    kept = (after["scene"] == imagined["scene"]).flatten(1).all(1)
    assert kept.tolist() == [True, True, False, False]


def test_what_was_seen_is_a_sum_whatever_the_order():
    model = make()
    times = torch.tensor([[0.0, 3.0, 5.0]]).expand(4, -1)
    belief, other = (model.observe_at(FRAMES[:, order], times[:, order]) for order in ([0, 1, 2], [2, 0, 1]))
    assert torch.allclose(belief["context"], other["context"], atol=1e-5)
    consecutive = model.observe_at(FRAMES, torch.arange(6.0).expand(4, -1))
    assert torch.allclose(consecutive["scene"], model.observe(FRAMES)["scene"], atol=1e-5)


def test_the_past_can_be_asked_for():
    model = make()
    belief = model.observe_at(FRAMES[:, 4:], torch.tensor([[4.0, 5.0]]).expand(4, -1))
    frames = model.render(model.ask(belief, torch.tensor([[0.0, 4.0]]).expand(4, -1), generator=seeded()))
    assert frames.shape == (4, 2, 3, 16, 16) and not torch.allclose(frames[:, 0], frames[:, 1], atol=1e-4)


def test_scenes_are_asked_for_by_camera():
    model = make(key="camera", pose=5)
    poses = torch.randn(4, 6, 5, generator=seeded())
    belief = model.observe_at(FRAMES, poses)
    views = model.render(model.ask(belief, poses[:, :3], generator=seeded()))
    assert torch.allclose(
        views[:, [2, 0]], model.render(model.ask(belief, poses[:, [2, 0]], generator=seeded())), atol=1e-5
    )
    loss = model.losses(Batch(FRAMES, signals={"camera": poses}), Moment.at(0.5))["total"]
    assert loss.isfinite()
    for refused in (lambda: model.observe(FRAMES), lambda: model.imagine(belief, horizon=1)):
        with pytest.raises(InputError, match="cameras"):
            refused()


def test_a_factored_models_divergence_is_the_sum_of_its_targets_and_a_deterministic_models_is_zero():
    times = torch.arange(6.0).expand(4, -1)
    factored, certain = make(latent="target"), make(latent="none")
    seen, targets = factored.views(FRAMES[:, :1], times[:, :1]), factored.views(FRAMES[:, 3:], times[:, 3:])
    torch.manual_seed(0)
    many = torch.stack([factored.divergence(seen, targets) for _ in range(50)]).mean(0)
    parts = [factored.views(FRAMES[:, i : i + 1], times[:, i : i + 1]) for i in (3, 4, 5)]
    single = sum(torch.stack([factored.divergence(seen, part) for _ in range(50)]).mean(0) for part in parts)
    assert many.tolist() == pytest.approx(single.tolist(), rel=0.1)
    assert not certain.divergence(seen, targets).any()


def test_a_memory_of_frames_forgets_what_was_before():
    model = make(memory=2, contexts=2)
    other = FRAMES.clone()
    other[:, :4] = other[:, :4].flip(0)
    belief, changed = model.observe(FRAMES), model.observe(other)
    assert torch.allclose(belief["scene"], changed["scene"], atol=1e-6)
    other[:, 4] = other[:, 4].flip(0)
    assert not torch.allclose(belief["scene"], model.observe(other)["scene"], atol=1e-5)
    assert not belief["key"].any()


def test_sparse_clips_read_the_actions_between_their_frames():
    model = make(WorldSpec((3, 16, 16), gymnasium.spaces.Discrete(3)))
    actions = torch.eye(3)[torch.randint(3, (4, 9), generator=seeded())]
    times = torch.tensor([[0.0, 2.0, 3.0, 5.0, 8.0, 9.0]]).expand(4, -1)
    batch = Batch(FRAMES, actions, times=times)
    _, targets = model._views(batch, 1)
    states = model.doing.after(actions)
    assert torch.allclose(targets.summaries, states[:, times[0].long()])
    _, later = model._views(batch, 3)
    assert torch.allclose(later.summaries, model.doing.after(actions[:, 3:])[:, [0, 2, 5, 6]], atol=1e-6)


def test_the_one_action_that_does_nothing_is_no_action():
    model = make(WorldSpec((3, 16, 16), gymnasium.spaces.Discrete(1)), anywhere=0.5)
    assert not hasattr(model, "doing")
    belief = model.observe(FRAMES[:, :2], torch.ones(4, 1, 1))
    same = model.observe_at(FRAMES[:, :2], torch.tensor([[0.0, 1.0]]).expand(4, -1))
    assert torch.allclose(belief["context"], same["context"], atol=1e-6)
    imagined = model.imagine(belief, torch.ones(4, 2, 1), generator=seeded())
    asked = model.ask(belief, torch.tensor([[2.0, 3.0]]).expand(4, -1), generator=seeded())
    assert torch.allclose(model.render(imagined), model.render(asked), atol=1e-6)
    assert model.losses(Batch(FRAMES, torch.ones(4, 5, 1)), Moment.at(0.5))["total"].isfinite()


def test_anywhere_needs_a_world_without_actions():
    with pytest.raises(InputError, match="action-free"):
        build(JUMP, WorldSpec((3, 16, 16), gymnasium.spaces.Discrete(3)), "tiny", {"anywhere": 0.5})


def test_one_batch_is_learned_by_heart():
    torch.manual_seed(0)
    model = build(JUMP, SPEC, "tiny", {"hidden": 16, "render_hidden": 16, "scene": 16})
    batch = Batch(FRAMES[:2, :3])
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    errors = []
    for _ in range(300):
        losses = model.losses(batch, Moment.at(1.0))
        optimizer.zero_grad()
        losses["total"].backward()
        optimizer.step()
        errors.append(losses["error"].item())
    assert sum(errors[-20:]) < 0.5 * sum(errors[:20])
