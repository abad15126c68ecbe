import numpy as np
import pytest

from worldmodels.errors import InputError
from worldmodels.spec import WorldSpec
from worldmodels.testing.toy import Toy
from worldmodels_agents.filtering import Filter


@pytest.mark.parametrize(
    ("observation", "message"),
    [
        (np.zeros((2, 4), np.float32), r"float32 of shape \(4,\), and the model watches uint8 frames \(6, 8, 3\)"),
        (np.zeros((2, 6, 8, 1), np.uint8), r"uint8 of shape \(6, 8, 1\)"),
        (np.zeros((2, 6, 8, 3), np.float32), "float32"),
    ],
)
def test_what_is_no_frame_of_the_model_is_one_line(observation, message):
    model = Toy(WorldSpec((3, 6, 8))).eval()
    assert Filter(model).update(np.zeros((2, 6, 8, 3), np.uint8), None).batch_size[0] == 2
    with pytest.raises(InputError, match=message):
        Filter(model).update(observation, None)
