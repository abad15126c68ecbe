import pytest
import torch

from worldmodels_cvg.config import LevelConfig
from worldmodels_cvg.critic import Critic, Critics, Views, critic_loss, generator_loss, shrink

LEVEL = LevelConfig(critic_channels=4, critic_blocks=(1, 2, 2), frames=3)


def test_hinge_gradients():
    real = torch.tensor([[2.0, 0.5], [-3.0, 1.5]], requires_grad=True)
    fake = torch.tensor([[-2.0, 0.5, 3.0, -1.5]], requires_grad=True)
    critic_loss(real, fake).backward()
    # Real outputs below 1 are pushed up, generated ones above -1 down, each by one over their number.
    torch.testing.assert_close(real.grad, torch.tensor([[0.0, -0.25], [-0.25, 0.0]]))
    torch.testing.assert_close(fake.grad, torch.tensor([[0.0, 0.25, 0.25, 0.0]]))
    fake.grad = None
    generator_loss(fake).backward()
    torch.testing.assert_close(fake.grad, torch.full((1, 4), -0.25))


@pytest.mark.parametrize("volumetric", [False, True])
def test_only_a_volumetric_critic_looks_at_neighbours(volumetric):
    torch.manual_seed(0)
    critic = Critic(3, LEVEL, (8, 8), volumetric).eval()
    video, label = torch.randn(2, 6, 3, 8, 8), torch.zeros(2, 0)
    changed = video.clone()
    changed[:, 3] = 0
    moved = (critic(video, label) - critic(changed, label)).abs().amax(0) > 1e-6
    assert moved[3] and moved[2].item() == volumetric and moved[4].item() == volumetric


def _views(frames, **parts):
    return Views(frames, torch.zeros(len(frames), 0), **parts)


def test_each_critic_counts_as_often_as_it_has_outputs():
    critics = Critics(LEVEL, (8, 8), 3, 2, None, 0)
    views = _views(torch.randn(2, 5, 3, 8, 8), context=torch.randn(2, 2, 3, 8, 8), actions=torch.randn(2, 7, 2))
    chosen = critics.choose(2, 5, torch.device("cpu"))
    assert chosen.shape == (2, 3) and all(len(set(row)) == 3 for row in chosen.tolist())
    assert critics(views, chosen).shape == (2, 3 + 7)


@pytest.mark.parametrize("part", ["context", "actions"])
def test_the_first_levels_temporal_critic_sees_context_and_actions(part):
    critics = Critics(LEVEL, (8, 8), 3, 2, None, 0).eval()
    views = _views(torch.randn(2, 5, 3, 8, 8), context=torch.randn(2, 2, 3, 8, 8), actions=torch.randn(2, 7, 2))
    chosen = critics.choose(2, 5, torch.device("cpu"))
    before = critics(views, chosen)
    after = critics(views._replace(**{part: getattr(views, part) + 1}), chosen)
    assert torch.equal(before[:, :3], after[:, :3]) and not torch.allclose(before[:, 3:], after[:, 3:])


@pytest.mark.parametrize("matching", [True, False])
def test_the_matching_critic_alone_sees_the_level_below(matching):
    level = LevelConfig(critic_channels=4, critic_blocks=(1, 2), frames=2, matching=matching)
    critics = Critics(level, (8, 8), 3, 0, (4, 4), 0).eval()
    views = _views(torch.randn(2, 4, 3, 8, 8), below=torch.randn(2, 4, 3, 4, 4))
    chosen = critics.choose(2, 4, torch.device("cpu"))
    outputs, changed = critics(views, chosen), critics(views._replace(below=views.below + 1), chosen)
    assert outputs.shape == (2, 2 + 4 + 4 * matching)
    assert torch.equal(outputs[:, :6], changed[:, :6])
    assert torch.allclose(outputs, changed) is not matching


def test_labels_are_judged():
    critic = Critic(3, LEVEL, (8, 8), False, classes=3).eval()
    video = torch.randn(1, 2, 3, 8, 8)
    outputs = [critic(video, torch.eye(3)[[label]]) for label in range(3)]
    assert not torch.allclose(outputs[0], outputs[1]) and not torch.allclose(outputs[1], outputs[2])


def test_shrinking_averages():
    frames = torch.arange(16.0).view(1, 1, 1, 4, 4)
    torch.testing.assert_close(shrink(frames, 2).flatten(), torch.tensor([2.5, 4.5, 10.5, 12.5]))
    assert shrink(frames, 1) is frames
