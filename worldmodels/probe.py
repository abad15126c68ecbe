"""The old name of `worldmodels.plugins.probe`."""

import sys

from worldmodels.plugins.probe import *  # noqa: F403

sys.modules[__name__] = sys.modules["worldmodels.plugins.probe"]
