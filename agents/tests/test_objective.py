import cv2
import numpy as np
import pytest
import torch
from gymnasium import spaces
from point import frames_at, make_point

from worldmodels.errors import InputError
from worldmodels.rollout import pack
from worldmodels.transitions import Transitions
from worldmodels_agents.commands.plan import read_picture
from worldmodels_agents.objective import GoalFeatures, Objective
from worldmodels_agents.planners import CEM

SPACE = spaces.Discrete(3)


def steps(model, moves, x=0.0):
    """The transitions of one plan of moves -1, 0, 1."""
    belief = pack({"x": torch.tensor([[x]])}, (1,))
    actions = torch.nn.functional.one_hot(torch.tensor([moves]) + 1, 3).float()
    return Transitions(model, belief, model.imagine(belief, actions), actions)


@pytest.mark.parametrize("ended", [0.0, 0.5])
def test_the_value_of_the_end_counts_as_far_as_the_episode_runs(ended):
    model = make_point(SPACE)
    plain = Objective(lambda t: t.features[..., 0], lambda t: torch.full(t.features.shape[:-1], ended), 0.9)
    worth = Objective(plain.reward, plain.termination, 0.9, value=lambda features: 10 * features[..., 0])
    transitions = steps(model, [1, 1, 1])
    difference = worth(transitions) - plain(transitions)
    assert difference.item() == pytest.approx(0.9**3 * (1 - ended) ** 3 * 30, rel=1e-5)


def test_a_planner_goes_where_only_the_value_tells_it_to():
    model = make_point(SPACE)
    objective = Objective(lambda t: torch.zeros(t.features.shape[:-1]), value=lambda features: -features[..., 0])
    plan = CEM(model, objective, horizon=2, samples=32, seed=0).plan(pack({"x": torch.zeros(1, 1)}, (1,)))
    assert plan.actions.argmax(-1).tolist() == [[0, 0]]


def test_a_planner_goes_to_a_picture_of_the_goal():
    model = make_point(SPACE)
    goal = GoalFeatures.of(model, torch.from_numpy(frames_at([2])[0]).permute(2, 0, 1) / 255)
    assert goal.goal.item() == pytest.approx(2.0, abs=1e-3)
    plan = CEM(model, Objective(goal), horizon=3, samples=64, seed=0).plan(pack({"x": torch.zeros(1, 1)}, (1,)))
    assert plan.actions.argmax(-1).tolist() == [[2, 2, 1]]  # two steps to the right, then none


def test_pictures_are_read_at_the_models_size(tmp_path):
    model = make_point(SPACE)
    cv2.imwrite(str(tmp_path / "goal.png"), np.full((8, 12), 102, np.uint8))
    picture = read_picture(str(tmp_path / "goal.png"), model)
    assert picture.shape == (1, 4, 4) and picture.mean().item() == pytest.approx(0.4)
    with pytest.raises(InputError, match="no picture that can be read"):
        read_picture(str(tmp_path / "none.png"), model)
