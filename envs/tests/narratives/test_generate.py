import numpy as np

from worldmodels_envs.narratives import generate
from worldmodels_envs.narratives.story import PALETTE


def test_what_a_data_set_holds():
    data = generate(videos=3, length=21)
    shapes = {name: (array.shape, array.dtype.name) for name, array in data.items()}
    assert shapes == {
        "frames": ((3, 21, 32, 32, 3), "uint8"),
        "positions": ((3, 21, 5, 2), "float32"),
        "colours": ((3, 21, 5), "uint8"),
        "instances": ((3, 21), "int64"),
        "kinds": ((3, 21, 5), "uint8"),
        "radii": ((3, 21, 5), "uint8"),
        "order": ((3, 21, 4), "uint8"),
    }


def test_shapes_are_painted_where_and_as_the_truth_says():
    data = generate("color_reaction", videos=40, length=12)
    spots = np.rint(data["positions"]).astype(int)
    videos, times = np.ogrid[:40, :12]
    found = data["frames"][videos, times, spots[..., 0, 1], spots[..., 0, 0]]
    assert (found == PALETTE[data["colours"][..., 0]]).all()
