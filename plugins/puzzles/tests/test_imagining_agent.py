import numpy as np
import pytest
import torch
from gymnasium import spaces

from worldmodels import WorldSpec
from worldmodels.abilities import AnyTime
from worldmodels.errors import InputError
from worldmodels.heads import HeadConfig, attach_heads
from worldmodels.testing.toy import Toy, ToyConfig
from worldmodels_envs.phyre.action import valid
from worldmodels_envs.phyre.evaluation import Outcomes, random_pool
from worldmodels_envs.phyre.raster import PALETTE, Painter
from worldmodels_envs.phyre.scene import Body, Circle, Color, Scene
from worldmodels_envs.phyre.splits import Split
from worldmodels_envs.phyre.tasks import task
from worldmodels_puzzles.goal import Contact, contact, held
from worldmodels_puzzles.imagining_agent import ImaginingAgent, first_frames, goal_test

ID = "00002:003"
GOAL = (Color.GREEN, Color.BLUE)


def video(gap, colour, size=32):
    """One frame of two balls, `gap` pixels of 256 apart."""
    balls = [
        Body((Circle(20.0),), (x, 128.0), dynamic=True, color=c) for x, c in ((70.0, Color.GREEN), (110.0, colour))
    ]
    scene = Scene(tuple(balls), (0, 1))
    poses = scene.poses
    poses[1, 0] += gap
    return torch.from_numpy(Painter(scene, size).frame(poses)).permute(2, 0, 1)[None, None].float() / 255


@pytest.mark.parametrize("colour", [Color.BLUE, Color.PURPLE])
@pytest.mark.parametrize("size", [32, 64])
def test_contact_is_told_from_a_gap(colour, size):
    assert contact(video(0, colour, size)).item() > 0.4 > 2 * contact(video(10, colour, size)).item()


def test_contact_with_another_colour_is_none():
    assert contact(video(0, Color.GRAY)).item() < 0.1


def test_contact_must_hold():
    tests = torch.tensor([[0, 1, 0, 1, 0, 1.0], [0, 0, 1, 1, 1, 0.0]])
    assert held(tests, 3).tolist() == pytest.approx([2 / 3, 1.0])
    assert held(tests, 99).tolist() == pytest.approx([0.5, 0.5])


def make_model(space, cls=Toy):
    torch.manual_seed(0)
    return cls(WorldSpec((3, 16, 16), space, fps=2.0), ToyConfig(8, 16)).eval()


class Ending(AnyTime, Toy):
    """The toy, asked for any time: a frame is as green, and as blue, as that time; keeps what it was asked for."""

    def _imagine_at(self, belief, times, actions, noise):
        self.asked = (times, actions)
        rollout = Toy._imagine(self, belief, actions, times.shape[1], noise)
        rollout.beliefs["state"] = times.unsqueeze(-1).expand(-1, -1, 8).clone()
        return rollout

    def _render(self, entries, constant):
        late = entries["state"][..., 0, None, None, None]
        ramp = torch.zeros(3, 16, 16)
        ramp[:, :, :8], ramp[:, :, 8:] = (torch.from_numpy(PALETTE[c] / 255).float()[:, None, None] for c in GOAL)
        return (late / 100 * ramp).clamp(0, 1)


@pytest.mark.parametrize("space", [None, spaces.Discrete(1)])
def test_a_model_of_any_time_is_asked_for_the_end_alone(space):
    model = make_model(space, Ending)
    actions = random_pool(30)
    worth = ImaginingAgent(model, Contact(), seconds=4.6, progress=False).judge(task(ID), actions)
    times, given = model.asked
    assert times.tolist() == [[pytest.approx(9.2)]] * int(np.isfinite(worth).sum())
    assert given is None if space is None else given.shape[1] == 10
    later = ImaginingAgent(model, Contact(), seconds=16, progress=False).judge(task(ID), actions)
    assert (later > worth)[np.isfinite(worth)].all()
    ImaginingAgent(model, Contact(), seconds=4.6, look="video", progress=False).judge(task(ID), actions)
    assert model.asked[0][0].tolist() == [*range(1, 10)]


def test_only_a_model_of_any_time_can_be_asked_for_the_end():
    with pytest.raises(InputError, match=r"AnyTime; Toy is stepped: give look=video"):
        ImaginingAgent(make_model(None), Contact(), look="end")


@pytest.mark.parametrize("space", [None, spaces.Discrete(1)])
def test_any_model_orders_the_pool(space):
    agent = ImaginingAgent(make_model(space), Contact(), batch=7, progress=False)
    pool = Outcomes((ID,), random_pool(30), np.zeros((1, 30), np.int8))
    order = agent(pool, Split((), (), (ID,)), np.random.default_rng(0))
    assert sorted(order[0].tolist()) == list(range(30))
    allowed = valid(task(ID), pool.actions)
    assert allowed[order[0][: allowed.sum()]].all()


def test_batches_do_not_change_what_is_imagined():
    worths = [
        ImaginingAgent(make_model(None), Contact(), batch=batch, progress=False).judge(task(ID), random_pool(30))
        for batch in (3, 30)
    ]
    assert np.allclose(*worths) and np.isfinite(worths[0]).sum() > 3


def test_the_video_begins_with_the_ball_in_the_scene():
    actions = random_pool(40)
    actions = actions[valid(task(ID), actions)][:3]
    frames = first_frames(task(ID), actions, 64)
    assert frames.shape == (3, 64, 64, 3)
    for frame, (x, y, _) in zip(frames, actions, strict=True):
        assert np.array_equal(frame[63 - int(63.5 * y), int(63.5 * x)], PALETTE[Color.RED])


def test_goals_are_contact_or_a_head():
    model = make_model(None)
    attach_heads(model, {"solved": HeadConfig("terminated", loss="bce")})
    assert goal_test("contact", model) == Contact()
    agent = ImaginingAgent(model, goal_test("solved", model), progress=False)
    assert np.isfinite(agent.judge(task(ID), random_pool(30))).any()
    with pytest.raises(InputError, match="no head 'contakt'"):
        goal_test("contakt", model)


def test_models_of_other_frames_are_refused():
    with pytest.raises(InputError, match="square RGB"):
        ImaginingAgent(Toy(WorldSpec((1, 16, 16), None)), Contact())
