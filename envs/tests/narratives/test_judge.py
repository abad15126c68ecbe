import numpy as np
import pytest

from worldmodels_envs.narratives import generate, judge, resolve_config


def arrivals(name, videos=40):
    config, data = resolve_config(name), generate(name, videos=videos, length=resolve_config(name).length)
    return config, data, data["frames"][:, config.leg :: config.leg]


@pytest.mark.parametrize("name", ["salesman_3", "salesman_4", "salesman_5"])
def test_true_videos_are_read_without_an_error(name):
    config, data, frames = arrivals(name)
    verdict = judge(frames, data, config)
    assert verdict.complete.all() and (verdict.visited == data["order"][:, 0]).all()
    assert verdict.seen.all() and (verdict.kinds == 1).all()


def test_a_shape_visited_twice_is_not_a_story():
    config, data, frames = arrivals("salesman_3")
    verdict = judge(np.stack([frames[:, 0], frames[:, 0]], 1), data, config)
    assert not verdict.complete.any() and (verdict.visited == data["order"][:, 0, :1]).all()


def test_a_blend_of_two_courses_shows_no_mover():
    config, data, frames = arrivals("salesman_3")
    blend = frames.mean(1, keepdims=True).repeat(2, 1).astype(np.uint8)
    verdict = judge(blend, data, config)
    assert not verdict.complete.any() and (verdict.visited == -1).all()


def test_a_lost_shape_and_a_wrong_kind_are_noticed():
    config, data, frames = arrivals("salesman_4")
    lost = frames.copy()
    for video in range(len(lost)):
        x, y = np.rint(data["positions"][video, 0, data["order"][video, 0, 2]]).astype(int)
        lost[video, 0, max(y - 4, 0) : y + 5, max(x - 4, 0) : x + 5] = 0
    verdict = judge(lost, data, config)
    assert not verdict.complete.any() and not verdict.seen[:, 0].any() and verdict.seen[:, 1:].all()
    others = {**data, "kinds": (data["kinds"] + 1) % 4}
    assert judge(frames, others, config).kinds.max() == 0


@pytest.mark.parametrize("changes", [{"repeat": True}, {"radii": (0.1, 0.08)}, {"narrative": "color_reaction"}])
def test_worlds_that_cannot_be_judged_are_refused(changes):
    config, data, frames = arrivals("salesman_3", videos=1)
    with pytest.raises(ValueError, match="can be judged"):
        judge(frames, data, resolve_config(config, **changes))
