from dataclasses import replace

import numpy as np
import pytest
import torch

from worldmodels_envs.phyre.action import encode, valid
from worldmodels_envs.phyre.attempt import Status, attempt
from worldmodels_envs.phyre.evaluation import load_outcomes, random_pool
from worldmodels_envs.phyre.raster import render
from worldmodels_envs.phyre.scene import Body, Circle, Color, Scene
from worldmodels_envs.phyre.tasks import solution, task
from worldmodels_puzzles.attempts import MIRROR, NEAR, Attempts, gather_attempts, mirrored, near_solution, scene_image
from worldmodels_puzzles.config import NetworkConfig, ScorerConfig
from worldmodels_puzzles.scorer import rank, spread_order, stored_scorer, train_scorer
from worldmodels_puzzles.scoring_network import ScoringNetwork, footprint

TINY = ScorerConfig(NetworkConfig(8, 8, 16), steps=3, batch=2, each=2)
ID = "00002:003"


def toy_attempts(puzzles=8, actions=200):
    """Actions of a puzzle solve where the ball is to the right of the one green pixel column."""
    generator = torch.Generator().manual_seed(0)
    scenes = torch.zeros(puzzles, 64, 64, dtype=torch.uint8)
    columns = torch.randint(16, 48, (puzzles,), generator=generator)
    scenes[torch.arange(puzzles), :, columns] = int(Color.GREEN)
    places = torch.rand(puzzles, actions, 3, generator=generator)
    solves = places[..., 0] > columns[:, None] / 64
    return Attempts(scenes, places, torch.where(solves, 1, -1).to(torch.int8))


def test_the_scenes_share_does_not_depend_on_the_actions():
    network = ScoringNetwork(TINY.network)
    scenes, actions = torch.randint(0, 7, (2, 64, 64)).byte(), torch.rand(2, 5, 3)
    together = network(scenes, actions)
    apart = [network.judge(network.encode(scenes), actions[:, [k]]) for k in range(5)]
    assert together.shape == (2, 5)
    assert torch.allclose(together, torch.cat(apart, 1), atol=1e-6)


def test_the_footprint_lies_where_the_ball_is_drawn():
    action = encode([200, 40, 20])
    ball = Body((Circle(20.0),), (200.0, 40.0), dynamic=True, color=Color.RED, user=True)
    drawn = torch.from_numpy(render(Scene((ball,), (0, 0)), size=256, ids=True) == Color.RED).float()
    points = footprint(torch.tensor(action).float()[None, None])
    shrunk = points[:, :, :1] + 0.8 * (points - points[:, :, :1])
    grown = points[:, :, :1] + 1.2 * (points - points[:, :, :1])
    inside, outside = (
        torch.nn.functional.grid_sample(drawn[None, None], p, mode="nearest", align_corners=False)[0, 0, 0]
        for p in (shrunk, grown)
    )
    assert inside.tolist() == [1, 1, 1, 1, 1] and outside.tolist() == [1, 0, 0, 0, 0]


def test_training_learns_and_repeats():
    attempts, config = toy_attempts(), ScorerConfig(NetworkConfig(8, 16, 32), steps=120, batch=8, each=16)
    first, second = (train_scorer(attempts, config, progress=False) for _ in range(2))
    with torch.no_grad():
        logits = first(attempts.scenes, attempts.actions)
        assert torch.equal(logits, second(attempts.scenes, attempts.actions))
    assert ((logits > 0) == (attempts.statuses > 0)).float().mean() > 0.9


def test_batches_are_balanced_and_leave_out_invalid_actions():
    statuses = torch.tensor([[1, -1, -1, 0, -1], [0, 1, 1, -1, 0]], dtype=torch.int8)
    actions = torch.arange(10.0).reshape(2, 5, 1).expand(-1, -1, 3)
    drawn, solves = Attempts(torch.zeros(2, 64, 64), actions, statuses).balanced(20, torch.Generator().manual_seed(0))
    assert solves.float().mean() == 0.5
    assert set(drawn[0, :, 0][solves[0]].tolist()) == {0.0}
    assert set(drawn[1, :, 0][solves[1]].tolist()) == {6.0, 7.0}
    assert set(drawn[1, :, 0][~solves[1]].tolist()) == {8.0}


def test_mirrored_actions_are_drawn_where_mirrored_scenes_have_them():
    scenes, actions = torch.zeros(1, 64, 64), torch.tensor([[[0.1, 0.3, 0.5]]])
    scenes[0, 5, 9] = 1
    flipped, moved = mirrored(scenes, actions, torch.tensor([True]))
    assert flipped[0, 5, 54] == 1
    assert torch.allclose(footprint(moved)[..., 0, 0], -footprint(actions)[..., 0, 0], atol=1e-6)
    assert moved[0, 0, 0] == pytest.approx(MIRROR - 0.1)
    same = mirrored(scenes, actions, torch.tensor([False]))
    assert torch.equal(same[0], scenes) and torch.equal(same[1], actions)


def test_experience_holds_the_pool_and_the_known_solution(tmp_path):
    pool = load_outcomes(tmp_path / "outcomes.npz", workers=1, templates=[ID])
    attempts = gather_attempts([ID], pool, tmp_path / "near.npz", workers=1)
    count = len(pool.actions)
    assert attempts.actions.shape == (1, count + NEAR, 3)
    assert np.array_equal(attempts.statuses[0, :count], pool.statuses[0])
    assert attempts.statuses[0, count] == Status.SOLVED
    later = near_solution(ID)[5:7]
    assert attempts.statuses[0, count + 5 : count + 7].tolist() == attempt(task(ID), later).tolist()
    assert np.array_equal(attempts.scenes[0], scene_image(ID))
    assert np.array_equal(near_solution(ID)[0], encode(solution(ID)))


def test_only_valid_candidates_are_ranked():
    order = rank(ScoringNetwork(TINY.network).eval(), [ID, "00005:002"], random_pool(400), TINY.apart)
    assert order.shape == (2, 100)
    for row, id in zip(order, [ID, "00005:002"], strict=True):
        assert len(set(row.tolist())) == 100
        assert valid(task(id), random_pool(400)[row]).all()


def test_neighbours_of_what_was_chosen_wait():
    actions = torch.tensor([[0.5, 0.5, 0.5], [0.501, 0.5, 0.5], [0.1, 0.5, 0.5]])
    logits = torch.tensor([[2.0, 1.9, 1.5]])
    assert spread_order(logits, actions, apart=0.0).tolist() == [[0, 1, 2]]
    assert spread_order(logits, actions, apart=6.0).tolist() == [[0, 2, 1]]


def test_a_killed_training_ends_as_an_unbroken_one(tmp_path, monkeypatch):
    attempts, config = toy_attempts(), ScorerConfig(NetworkConfig(8, 16, 32), steps=220, batch=2, each=2)
    whole, state = train_scorer(attempts, config, progress=False), tmp_path / "scorer.ckpt"
    balanced, drawn = Attempts.balanced, []

    def killed(self, each, generator):
        drawn.append(each)
        if len(drawn) == 211:
            raise OSError("killed")
        return balanced(self, each, generator)

    monkeypatch.setattr(Attempts, "balanced", killed)
    with pytest.raises(OSError, match="killed"):
        train_scorer(attempts, config, state=state, progress=False)
    again = train_scorer(attempts, config, state=state, progress=False)
    assert len(drawn) == 211 + 20  # from the state after 200 steps
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name])


def test_stored_scorers_belong_to_settings_and_puzzles(tmp_path):
    made = []

    def attempts():
        made.append(True)
        return toy_attempts()

    def stored(ids=(ID,), config=TINY):
        return stored_scorer(tmp_path / "new", ids, config, attempts, progress=False)

    scenes, actions = torch.zeros(1, 64, 64).byte(), torch.rand(1, 4, 3)
    assert torch.equal(stored()(scenes, actions), stored()(scenes, actions)) and len(made) == 1
    assert stored(config=replace(TINY, apart=1.0)) is not None and len(made) == 1
    stored(ids=["00002:004"])
    stored(config=replace(TINY, steps=4))
    assert len(made) == 3 and len(list((tmp_path / "new").iterdir())) == 3
