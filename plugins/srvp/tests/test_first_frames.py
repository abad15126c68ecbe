import torch

from worldmodels_srvp.first_frames import FirstFrames, shorten


def test_the_newest_frame_stands_in_for_the_missing_ones() -> None:
    start = FirstFrames.empty(torch.zeros(1, 1), 3, 1, 0)
    seen = []
    for value in (1.0, 2.0, 3.0, 4.0):
        start = start.add(torch.full((1, 1), value), torch.full((1, 1), 10 * value), torch.zeros(1, 0))
        seen.append(start.encodings.flatten().tolist())
    assert seen == [[1, 1, 1], [1, 2, 2], [1, 2, 3], [1, 2, 3]]
    assert start.latents.flatten().tolist() == [10, 20, 30]
    assert start.age.item() == 4


def test_videos_of_different_ages_fill_their_own_slots() -> None:
    start = FirstFrames.empty(torch.zeros(2, 1), 3, 1, 0)._replace(age=torch.tensor([0, 3]))
    start = start.add(torch.ones(2, 1), torch.ones(2, 1), torch.zeros(2, 0))
    assert start.encodings[..., 0].tolist() == [[1, 1, 1], [0, 0, 0]]


def test_shortening_repeats_the_newest_frame_that_is_left() -> None:
    encodings = torch.arange(1.0, 4.0).reshape(1, 3, 1).expand(50, -1, -1)
    allowed = {(1.0, 1.0, 1.0), (1.0, 2.0, 2.0)}
    assert {tuple(row) for row in shorten(encodings, 1.0)[..., 0].tolist()} == allowed
    assert shorten(encodings, 0.0) is encodings
