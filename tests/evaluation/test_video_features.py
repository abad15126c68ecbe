import pytest
import torch

from worldmodels.errors import InputError
from worldmodels.evaluation.video_features import VideoFeatures, learn_labels


def _moving(direction, videos, time=4):
    """A bright column that moves by a pixel a frame."""
    frames = torch.zeros(videos, time, 1, 16, 16)
    starts = torch.randint(16, (videos,))
    for t in range(time):
        frames[torch.arange(videos), t, :, :, (starts + direction * t) % 16] = 1
    return frames


def test_random_features_are_those_of_their_seed():
    videos = torch.rand(2, 3, 3, 16, 16)
    one, same, other = (VideoFeatures(3, seed=seed)(videos) for seed in (0, 0, 1))
    assert one.shape == (2, 2, 32) and torch.equal(one, same) and not torch.allclose(one, other)


def test_distances_tell_where_in_time_two_sets_differ():
    torch.manual_seed(0)
    real, generated = torch.rand(200, 4, 1, 16, 16), torch.rand(200, 4, 1, 16, 16)
    generated[:, 3] = generated[:, 3] / 2
    distances = VideoFeatures(1, width=8).distances(generated, real)
    assert len(distances) == 3 and distances[2] > 5 * max(distances[:2])


def test_learned_features_tell_labels_and_sets_apart():
    torch.manual_seed(0)
    right, left = _moving(1, 40), _moving(-1, 40)
    direction = torch.tensor([0] * 40 + [1] * 40).unsqueeze(1).expand(-1, 4).clone()
    direction[:, 1] = -1  # not known there
    network, told = learn_labels(torch.cat([right, left]), {"direction": direction}, steps=250, width=8)
    assert told["direction"] > 0.9 and not any(p.requires_grad for p in network.parameters())
    same, other = (network.distances(videos, _moving(1, 40))[0] for videos in (right, left))
    assert other > 5 * same


def test_labels_of_another_shape_are_refused():
    with pytest.raises(InputError, match="'shape'"):
        learn_labels(torch.zeros(2, 3, 1, 8, 8), {"shape": torch.zeros(2, 2)}, steps=1)
