import subprocess
import sys

import worldmodels.data


def test_every_public_name_is_there():
    for name in worldmodels.data.__all__:
        assert callable(getattr(worldmodels.data, name))
    assert not hasattr(worldmodels.data, "Nothing")


def test_reading_and_writing_need_no_torch():
    names = "ClipSampler, EpisodeStore, EpisodeWriter"
    code = f"import sys; from worldmodels.data import {names}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
