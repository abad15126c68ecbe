import subprocess
import sys

import pytest

from worldmodels_envs import cater


def test_the_ground_truth_needs_numpy_alone():
    code = """
import sys
sys.modules.update(pybullet=None, av=None)
from worldmodels_envs import cater
assert cater.simulate("max2action").label in range(cater.CELLS)
assert not {"torch", "worldmodels"} & set(sys.modules)
for name in ("Renderer", "CaterFolder"):
    try:
        getattr(cater, name)
    except ImportError as error:
        assert "pip install 'worldmodels-envs[cater]'" in str(error)
    else:
        raise AssertionError(name)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_names():
    with pytest.raises(AttributeError, match="no attribute 'Rendrer'"):
        _ = cater.Rendrer
