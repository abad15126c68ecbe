import numpy as np
import pytest
import torch

from worldmodels.errors import InputError
from worldmodels.play import Session, messages


def frames(session):
    return {panel.name: panel.frames for panel in session.panels()}


def play(session, actions):
    for action in actions:
        session.step(action)


def test_the_real_environment_takes_the_same_actions(reach):
    session = Session(reach, seed=3)
    play(session, [0, 2, 2, 1])
    other = reach.reality()
    other.begin(3, reach.context)
    done = []
    for point in session.history.past[1:]:
        step = other.step(done, point.actions[0])
        done.append(point.actions[0])
    assert np.array_equal(frames(session)["real"][0], step.frame)
    assert session.header()["reward"] == pytest.approx(step.reward, abs=1e-4)


def test_the_same_seed_and_actions_give_the_same_video(reach):
    one, two = Session(reach, seed=1), Session(reach, seed=1)
    play(one, [0, 1, 3])
    play(two, [0, 1, 3])
    for name, shown in frames(one).items():
        assert np.array_equal(shown, frames(two)[name])


def test_rewinding_goes_back_in_both_worlds(reach):
    session = Session(reach, seed=0)
    play(session, [0, 0, 3])
    before = frames(session)
    play(session, [2, 2])
    session.handle(messages.Rewind(3))
    assert session.header()["length"] == 6
    for name, shown in frames(session).items():
        assert np.array_equal(shown, before[name])
    play(session, [1])
    straight = Session(reach, seed=0)
    play(straight, [0, 0, 3, 1])
    assert session.header()["length"] == 5
    assert np.array_equal(frames(session)["real"], frames(straight)["real"])
    assert np.array_equal(frames(session)["imagined"], frames(straight)["imagined"])  # the toy draws nothing


def test_branches_keep_what_was_played(reach):
    session = Session(reach, seed=0)
    play(session, [0, 0])
    session.handle(messages.Branch())
    play(session, [1, 1, 1])
    here = frames(session)
    session.handle(messages.Switch(0))
    assert session.header()["branches"] == [3, 6]
    assert session.header()["at"] == 2
    play(session, [2])
    session.handle(messages.Switch(1))
    assert session.header()["branches"] == [4, 6]
    assert all(np.array_equal(shown, here[name]) for name, shown in frames(session).items())


def test_beliefs_are_not_changed_by_playing_on(reach):
    session = Session(reach)
    first = session.history.here.belief
    kept = first.clone()
    play(session, [0, 1, 2])
    assert all(torch.equal(first[key], kept[key]) for key in kept.keys())


def test_recordings_do_where_there_is_no_environment(recorded):
    session = Session(recorded, seed=5)
    session.step()
    assert list(frames(session)) == ["imagined"]
    assert session.header()["reward"] is None


def test_modules_move_objects_and_masks_are_shown(modules):
    count = modules.model.slot_count
    views, moved = messages.View(temperature=0.0, objects=True), []
    for module in (0, 1):
        session = Session(modules, view=views)
        session.handle(messages.Step(modules=(module, *[-1] * (count - 1))))
        moved.append(session.history.here.belief["slots"][0, 0])
        assert frames(session)["objects"].shape == (1, 16, 16, 3)
    assert not torch.equal(*moved)
    with pytest.raises(InputError, match="modules"):
        session.handle(messages.Step(modules=(99,) * count))


@pytest.mark.parametrize(
    "message",
    [
        messages.Step(7),
        messages.Step("left"),
        messages.Step(0, (1,)),
        messages.Rewind(9),
        messages.Switch(1),
        messages.Pick((1.0, 1.0)),
        messages.Drag(0, (1.0, 1.0)),
        messages.Change({"edit": "Remove", "slot": 0}),
    ],
    ids=repr,
)
def test_what_is_not_possible_changes_nothing(reach, message):
    session = Session(reach)
    before = session.header()
    with pytest.raises(InputError):
        session.handle(message)
    assert session.header() == before


def test_a_video_holds_both_worlds_side_by_side(reach, tmp_path):
    import av

    session = Session(reach)
    play(session, [0, 1, 2])
    (tmp_path / "played.mp4").write_bytes(session.video())
    with av.open(str(tmp_path / "played.mp4")) as container:
        shown = list(container.decode(video=0))
    assert len(shown) == 4
    assert shown[0].width > 2 * shown[0].height * 0.98


def test_real_episodes_end_and_imagined_ones_go_on(reach):
    session = Session(reach)
    play(session, [0, 1] * 26)
    assert session.header()["ended"]["how"] in ("truncated", "terminated")
    assert session.header()["at"] == 52
