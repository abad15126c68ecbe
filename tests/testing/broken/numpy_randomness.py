"""Noise from NumPy's global generator."""

import numpy as np

from worldmodels.testing.toy import Toy

CAUGHT_BY = "same_seed_same_rollout"
SAYS = "global random generator"


class Model(Toy):
    def _step(self, belief, action, noise):
        after = super()._step(belief, action, noise)
        after["state"] = after["state"] + noise.temperature * float(np.random.rand())
        return after
