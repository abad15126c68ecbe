"""What models can do beyond the contract, on the page: edits, any time, levels, likelihood."""

import numpy as np
import pytest
import torch
from squares import SPEC, Squares

from worldmodels.camera import Camera
from worldmodels.imagined.starts import GivenStarts, Start
from worldmodels.play import Place, Session, messages
from worldmodels.play.objects import across


@pytest.fixture
def session():
    model = Squares(SPEC).eval()
    start = GivenStarts(Start(np.zeros((1, 2, 12, 12, 3), np.uint8)))
    return Session(Place("squares", model, starts=start))


def test_an_object_is_picked_and_dragged(session):
    session.handle(messages.Pick((8.0, 8.0)))
    assert session.header()["picked"] == 1
    session.handle(messages.Drag(1, (-2.0, 1.0)))
    session.handle(messages.Drag(1, (-2.0, 1.0), more=True))
    assert session.header()["slots"][1] == [4.0, 10.0]
    assert session.header()["length"] == 2  # one gesture is one moment
    session.handle(messages.Rewind(0))
    assert session.header()["slots"][1] == [8.0, 8.0]


def test_the_background_is_no_object(session):
    session.handle(messages.Pick((0.5, 11.0)))
    assert session.header()["picked"] is None


def test_edits_by_name(session):
    session.handle(messages.Change({"edit": "Remove", "slot": 0}))
    assert session.panels()[-1].frames[0, 3, 3].max() == 0
    assert session.panels()[-1].frames[0, 8, 8].max() == 255


def test_what_stays_as_it_is_is_not_rendered_again(session, monkeypatch):
    painted = []
    kinds = (type(session.model), "_render_level"), (type(session.model), "masks")
    for cls, name in kinds:
        original = getattr(cls, name)
        monkeypatch.setattr(cls, name, lambda *a, f=original, n=name: painted.append(n) or f(*a))
    session.handle(messages.View(objects=True))
    before = session.panels()
    painted.clear()
    session.step()
    after = session.panels()
    assert painted == [] and all(np.array_equal(old.frames, new.frames) for old, new in zip(before, after, strict=True))
    session.handle(messages.Drag(1, (-2.0, 1.0)))
    assert not np.array_equal(session.panels()[-1].frames, after[-1].frames)
    assert sorted(set(painted)) == ["_render_level", "masks"]


def test_levels_are_panels_and_fast_ones_have_several_frames(session):
    shown = {panel.name: panel.frames.shape for panel in session.panels()}
    assert shown == {"imagined, level 0": (1, 6, 6, 3), "imagined, level 1": (2, 12, 12, 3)}


def test_any_time_is_a_second_look_that_changes_nothing(session):
    before = session.history.here
    session.handle(messages.View(time=1.0))
    later = session.panels()[-1]
    assert later.name == "1 frames later"
    assert later.frames[0, 4, 4].max() == 255 and later.frames[0, 1, 1].max() == 0
    assert session.history.here is before


def test_surprise_scores_the_newest_frame_alone(session):
    session.handle(messages.View(surprise=True))
    for _ in range(4):
        session.step()
    assert session.header()["readings"]["surprise"] == pytest.approx(8.0)  # a density of 1 at 256 levels
    assert session.model.scored == [3, 3, 3, 3]


def test_drags_follow_the_camera_along_the_floor():
    class Seen(Squares):
        def places(self, of):
            return torch.tensor([[[1.0, 2.0, 0.5]]])

        def camera(self, of):
            return Camera(torch.tensor([[4.0, 1.0, 0.0, 2.0], [0.0, 3.0, -2.0, 9.0], [0.0, 0.1, 0.0, 1.0]]))

    model = Seen(SPEC).eval()
    belief = model.observe(torch.zeros(1, 1, 3, 12, 12))
    way = torch.tensor(across(model, belief, 0, (0.4, -0.3)))
    place, camera = model.places(belief)[0], model.camera(belief)
    moved = camera.project((place + way).unsqueeze(0)) - camera.project(place.unsqueeze(0))
    torch.testing.assert_close(moved[0, 0], torch.tensor([0.4, -0.3]), atol=0.02, rtol=0)
    assert way[2] == 0
