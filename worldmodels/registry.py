"""The old name of `worldmodels.plugins.registry`."""

import sys

from worldmodels.plugins.registry import *  # noqa: F403

sys.modules[__name__] = sys.modules["worldmodels.plugins.registry"]
