import numpy as np
import pytest
import torch

pytest.importorskip("pymunk")
pytest.importorskip("cv2")

from worldmodels_agents.puzzles.config import NetworkConfig, ScorerConfig
from worldmodels_agents.puzzles.experience import MIRROR, NEAR, Experience, gather, mirrored, near_solution, scene_image
from worldmodels_agents.puzzles.network import ScoringNetwork, footprint
from worldmodels_agents.puzzles.scorer import load_scorer, rank, save_scorer, spread_order, train_scorer
from worldmodels_envs.phyre.action import encode, valid
from worldmodels_envs.phyre.attempt import Status, attempt
from worldmodels_envs.phyre.evaluation import load_outcomes, random_pool
from worldmodels_envs.phyre.raster import render
from worldmodels_envs.phyre.scene import Body, Circle, Color, Scene
from worldmodels_envs.phyre.tasks import solution, task

TINY = ScorerConfig(NetworkConfig(8, 8, 16), steps=3, batch=2, each=2)
ID = "00002:003"


def toy_experience(puzzles=8, actions=200):
    """Actions of a puzzle solve where the ball is to the right of the one green pixel column."""
    generator = torch.Generator().manual_seed(0)
    scenes = torch.zeros(puzzles, 64, 64, dtype=torch.uint8)
    columns = torch.randint(16, 48, (puzzles,), generator=generator)
    scenes[torch.arange(puzzles), :, columns] = int(Color.GREEN)
    places = torch.rand(puzzles, actions, 3, generator=generator)
    solves = places[..., 0] > columns[:, None] / 64
    return Experience(scenes, places, torch.where(solves, 1, -1).to(torch.int8))


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
    experience, config = toy_experience(), ScorerConfig(NetworkConfig(8, 16, 32), steps=60, batch=8, each=16)
    first, second = (train_scorer(experience, config, progress=False) for _ in range(2))
    with torch.no_grad():
        logits = first(experience.scenes, experience.actions)
        assert torch.equal(logits, second(experience.scenes, experience.actions))
    assert ((logits > 0) == (experience.statuses > 0)).float().mean() > 0.9


def test_batches_are_balanced_and_leave_out_invalid_actions():
    statuses = torch.tensor([[1, -1, -1, 0, -1], [0, 1, 1, -1, 0]], dtype=torch.int8)
    actions = torch.arange(10.0).reshape(2, 5, 1).expand(-1, -1, 3)
    drawn, solves = Experience(torch.zeros(2, 64, 64), actions, statuses).balanced(20, torch.Generator().manual_seed(0))
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
    experience = gather([ID], pool, tmp_path / "near.npz", workers=1)
    count = len(pool.actions)
    assert experience.actions.shape == (1, count + NEAR, 3)
    assert np.array_equal(experience.statuses[0, :count], pool.statuses[0])
    assert experience.statuses[0, count] == Status.SOLVED
    later = near_solution(ID)[5:7]
    assert experience.statuses[0, count + 5 : count + 7].tolist() == attempt(task(ID), later).tolist()
    assert np.array_equal(experience.scenes[0], scene_image(ID))
    assert np.array_equal(near_solution(ID)[0], encode(solution(ID)))


def test_only_valid_candidates_are_ranked():
    order = rank(ScoringNetwork(TINY.network).eval(), [ID, "00005:002"], random_pool(400), TINY)
    assert order.shape == (2, 100)
    for row, id in zip(order, [ID, "00005:002"], strict=True):
        assert len(set(row.tolist())) == 100
        assert valid(task(id), random_pool(400)[row]).all()


def test_neighbours_of_what_was_chosen_wait():
    actions = torch.tensor([[0.5, 0.5, 0.5], [0.501, 0.5, 0.5], [0.1, 0.5, 0.5]])
    logits = torch.tensor([[2.0, 1.9, 1.5]])
    assert spread_order(logits, actions, apart=0.0).tolist() == [[0, 1, 2]]
    assert spread_order(logits, actions, apart=6.0).tolist() == [[0, 2, 1]]


def test_kept_scorers_belong_to_settings_and_puzzles(tmp_path):
    network, path = ScoringNetwork(TINY.network), tmp_path / "new" / "scorer.safetensors"
    assert load_scorer(TINY, [ID], path) is None
    save_scorer(network, TINY, [ID], path)
    kept = load_scorer(TINY, [ID], path)
    scenes, actions = torch.zeros(1, 64, 64).byte(), torch.rand(1, 4, 3)
    assert kept is not None and torch.equal(kept(scenes, actions), network(scenes, actions))
    assert load_scorer(TINY, ["00002:004"], path) is None
    assert load_scorer(ScorerConfig(TINY.network, steps=4), [ID], path) is None
