import numpy as np
import pytest

from worldmodels_envs.phyre.attempt import Status, attempt_balls
from worldmodels_envs.phyre.tasks import Variation, shipped, solution, task, task_ids, write
from worldmodels_envs.phyre.templates import TEMPLATES


def test_a_hundred_different_variations_of_every_template():
    kept = shipped()
    assert list(kept) == list(TEMPLATES)
    for id, variations in kept.items():
        assert len(variations) == 100
        assert len({repr(v.parameters) for v in variations}) == 100, id
    assert len(task_ids()) == 2500


@pytest.mark.parametrize("id", TEMPLATES)
def test_known_solutions_solve(id):
    name = f"{id}:{int(id) * 3:03d}"
    assert task(name).name == name
    assert attempt_balls(task(name), [solution(name)]).tolist() == [Status.SOLVED]


def test_no_puzzle_is_solved_by_a_tiny_ball_in_the_corner():
    sample = [f"{id}:000" for id in TEMPLATES]
    statuses = [attempt_balls(task(name), [[3, 252, 2]])[0] for name in sample]
    assert np.mean(np.array(statuses) == Status.SOLVED) < 0.1


def test_files_are_the_same_bytes_each_time(tmp_path):
    data = {"00002": [Variation({"width": 0.5}, (1, 2, 3))]}
    write(data, tmp_path / "a.gz")
    write(data, tmp_path / "b.gz")
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


@pytest.mark.parametrize("id", ["00007:100", "00007", "7:1", "00099:000"])
def test_unknown_puzzles_are_named(id):
    with pytest.raises(KeyError, match="unknown puzzle"):
        task(id)
