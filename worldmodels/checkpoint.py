"""The old name of `worldmodels.checkpoints.folder`."""

import sys

from worldmodels.checkpoints.folder import *  # noqa: F403

sys.modules[__name__] = sys.modules["worldmodels.checkpoints.folder"]
