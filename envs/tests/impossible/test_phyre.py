import numpy as np
import pytest

pytest.importorskip("pymunk")
pytest.importorskip("cv2")

from worldmodels_envs.impossible import KINDS
from worldmodels_envs.impossible.phyre import phyre


@pytest.fixture(scope="module")
def made():
    return phyre(pairs=8, length=5, time=3, seed=1, size=64)


def test_pairs_are_alike_up_to_the_event_and_differ_in_it(made):
    assert made.possible.shape == made.impossible.shape == (8, 5, 64, 64, 3)
    assert made.kinds.tolist() == [0, 1, 2, 3] * 2
    assert (made.possible[:, :3] == made.impossible[:, :3]).all()
    assert ((made.possible[:, 3] != made.impossible[:, 3]).any(-1).sum((1, 2)) >= 2).all()


def test_vanished_balls_leave_less_ink_and_dyed_ones_as_much(made):
    ink = [(255 - frames[:, 3].astype(int)).sum((1, 2, 3)) for frames in (made.possible, made.impossible)]
    seen = [(frames[:, 3] != 255).any(-1).sum((1, 2)) for frames in (made.possible, made.impossible)]
    vanish, colour = (made.kinds == KINDS.index(kind) for kind in ("vanish", "colour"))
    assert (ink[1] < ink[0])[vanish].all() and (abs(seen[1] - seen[0]) <= 0.1 * seen[0])[colour].all()


def test_the_seed_decides_and_tasks_can_be_chosen():
    from worldmodels_envs.phyre.tasks import task_ids

    template = task_ids()[0].split(":")[0]
    first, again = (phyre(pairs=2, length=4, time=2, seed=5, tasks=[template], size=32).impossible for _ in range(2))
    assert (first == again).all()
    with pytest.raises(ValueError, match="time"):
        phyre(pairs=1, length=3, time=3)
    assert np.unique(first).size > 2
