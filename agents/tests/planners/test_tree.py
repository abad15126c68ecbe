import itertools

import pytest
import torch
from gymnasium import spaces
from point import STEPS, frames_at, make_point

from worldmodels.errors import InputError
from worldmodels_agents.objective import Objective
from worldmodels_agents.planners import TreeSearch

DISCRETE = spaces.Discrete(3)


def towards(target):
    return Objective(lambda t: -(t.features[..., 0] - target).abs(), discount=0.9)


def at(*positions):
    return torch.tensor([x + 100 for x in positions]).view(-1, 1, 1, 1, 1).expand(-1, 1, 1, 4, 4) / 255


@pytest.mark.parametrize("start", [-3.0, 0.0, 2.0])
def test_it_finds_the_best_of_all_sequences(start):
    planner = TreeSearch(make_point(DISCRETE), towards(1.0), horizon=4, samples=4)
    best = max(
        sum(-abs(start + sum(moves[: t + 1]) - 1.0) * 0.9**t for t in range(4))
        for moves in itertools.product(STEPS[:, 0].tolist(), repeat=4)
    )
    assert planner.plan(planner.model.observe(at(start))).score.item() == pytest.approx(best, abs=1e-3)


def test_a_wide_tree_sees_past_a_worse_beginning():
    """The prize lies behind a step that costs more than staying."""

    def prize(transitions):
        x = transitions.features[..., 0]
        return torch.where(x > 1.5, 10.0, -x.abs())

    model = make_point(DISCRETE)
    belief = model.observe(at(0.0))
    narrow, wide = (TreeSearch(model, Objective(prize), horizon=2, samples=n).plan(belief) for n in (1, 3))
    assert model.codec.decode(narrow.actions)[0].tolist() != [2, 2]
    assert model.codec.decode(wide.actions)[0].tolist() == [2, 2]
    assert wide.score > narrow.score


def test_environments_are_planned_for_independently():
    planner = TreeSearch(make_point(DISCRETE), towards(0.0))
    actions, memory = planner.predict(frames_at([5, -5, 0]))
    assert actions.tolist() == [0, 2, 1]
    assert planner.predict(frames_at([4, -4, 0]), memory)[0].tolist() == [0, 2, 1]


def test_numbers_are_refused():
    with pytest.raises(InputError, match="Discrete"):
        TreeSearch(make_point(spaces.Box(-1, 1, (1,))), towards(0.0))
