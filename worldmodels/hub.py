"""The old name of `worldmodels.checkpoints.hub`."""

import sys

from worldmodels.checkpoints.hub import *  # noqa: F403

sys.modules[__name__] = sys.modules["worldmodels.checkpoints.hub"]
