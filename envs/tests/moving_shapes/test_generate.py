import numpy as np

from worldmodels_envs.moving_shapes import generate
from worldmodels_envs.moving_shapes.dynamics import MOVES


def test_arrays_have_their_shapes_and_types():
    data = generate(videos=3, length=4)
    assert {key: (value.shape, value.dtype.kind) for key, value in data.items()} == {
        "frames": ((3, 4, 64, 64, 3), "u"),
        "positions": ((3, 4, 1, 2), "i"),
        "direction": ((3, 4), "i"),
        "outcomes": ((3, 4, 8, 2), "i"),
        "probabilities": ((3, 4, 8), "f"),
        **{name: ((3, 4), "i") for name in ("shape", "radius", "colour")},
    }


def test_directions_lead_to_their_frame_and_outcomes_hold_the_next():
    data = generate("jittered", videos=40, length=6)
    positions, directions = data["positions"][:, :, 0], data["direction"][:, 1:]
    assert (data["direction"][:, 0] == -1).all()
    assert (np.diff(positions, axis=1) == 6 * MOVES[directions]).all()
    chosen = data["outcomes"][np.arange(40), 0, directions[:, 0]]
    assert (chosen == positions[:, 1]).all() and len(np.unique(positions[:, 0], axis=0)) > 20


def test_shorter_videos_are_the_beginning_of_longer_ones():
    longer, shorter = generate(videos=5, length=5, seed=3), generate(videos=5, length=2, seed=3)
    assert all((shorter[name] == values[:, :2]).all() for name, values in longer.items())
