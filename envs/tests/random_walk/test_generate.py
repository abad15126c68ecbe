import numpy as np
import pytest

from worldmodels_envs.random_walk import VARIANTS, generate


@pytest.mark.parametrize("name", VARIANTS)
def test_arrays_have_their_shapes_and_types(name):
    data = generate(name, videos=3, length=5)
    moves = VARIANTS[name].moves
    assert {key: (value.shape, value.dtype.name) for key, value in data.items()} == {
        "frames": ((3, 5, 32, 32, 3), "uint8"),
        "positions": ((3, 5, 3, 2), "int16"),
        "rules": ((3, 5, 3, moves), "int8"),
        "shapes": ((3, 5, 3), "uint8"),
        "radii": ((3, 5, 3), "uint8"),
        "colours": ((3, 5, 3), "uint8"),
        "masks": ((3, 5, 3, 32, 32), "bool"),
    }
    assert (data["masks"].any(axis=2) == data["frames"].any(axis=-1)).all()
    assert "masks" not in generate(name, videos=1, length=1, masks=False)


def test_rules_lead_to_their_frame():
    data = generate("compositional_5", videos=40, length=12, masks=False)
    moves = np.array([[-3, 0], [3, 0], [0, -3], [0, 3], [0, 0]])
    assert (data["rules"][:, 0] == -1).all()
    assert (np.diff(data["positions"], axis=1) == moves[data["rules"][:, 1:]].sum(axis=-2)).all()
