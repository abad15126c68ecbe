"""The old name of `worldmodels.checkpoints.card`."""

import sys

from worldmodels.checkpoints.card import *  # noqa: F403

sys.modules[__name__] = sys.modules["worldmodels.checkpoints.card"]
