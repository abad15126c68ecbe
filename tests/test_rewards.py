import pytest
import torch
from gymnasium import spaces

from worldmodels import WorldSpec
from worldmodels.heads import HeadConfig, Heads
from worldmodels.rewards import HeadReward, HeadTermination, ProgressReward
from worldmodels.testing.toy import Toy, ToyConfig
from worldmodels.transitions import Transitions


@pytest.fixture
def model():
    model = Toy(WorldSpec((3, 8, 8), spaces.Discrete(3)), ToyConfig(4, 8)).eval()
    kinds = {
        "reward": HeadConfig("reward", pair=True),
        "distance": HeadConfig("distance"),
        "terminated": HeadConfig("terminated", loss="bce"),
    }
    model.heads = Heads.build(kinds, 4)
    return model


@pytest.fixture
def rollout(model):
    """A belief, the actions and the rollout that follows."""
    generator = torch.Generator().manual_seed(0)
    before = model.observe(torch.rand(2, 1, 3, 8, 8, generator=generator))
    actions = torch.eye(3)[torch.randint(3, (2, 4), generator=generator)]
    return before, actions, model.imagine(before, actions)


FUNCTIONS = [
    HeadReward(),
    HeadReward("distance", -1.0),
    HeadTermination(),
    ProgressReward("distance", bonus="terminated"),
]


@pytest.mark.parametrize("function", FUNCTIONS, ids=repr)
def test_a_rollout_is_rewarded_as_its_single_steps_are(model, rollout, function):
    before, actions, after = rollout
    together = function(Transitions(model, before, after, actions))
    assert together.shape == (2, 4)
    belief = before
    for time in range(4):
        following = model.step(belief, actions[:, time])
        single = function(Transitions(model, belief, following, actions[:, time]))
        torch.testing.assert_close(single, together[:, time])
        belief = following


def test_progress_rewards_a_decrease(model, rollout):
    before, actions, after = rollout
    distance = model.heads.named("distance")
    states = torch.cat([model.features(before)[:, None], model.features(after)], 1)
    change = distance.value(states[:, 1:]) - distance.value(states[:, :-1])
    given = ProgressReward("distance", scale=-2.0, constant=0.5)(Transitions(model, before, after, actions))
    torch.testing.assert_close(given, -2.0 * change + 0.5)


def test_features_and_frames_are_computed_only_when_read(model, rollout, monkeypatch):
    before, actions, after = rollout
    calls = []
    frames = model.render(after)
    monkeypatch.setattr(type(model), "render", lambda *_: calls.append("render") or frames)
    transitions = Transitions(model, before, after, actions)
    HeadReward()(transitions), HeadTermination()(transitions)
    assert not calls
    assert transitions.frames is transitions.frames
    assert calls == ["render"]
