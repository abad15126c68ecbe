"""Noise that the temperature does not scale."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "temperature_zero_is_deterministic"
SAYS = "at temperature 0"


class Model(Toy):
    def _step(self, belief, action, noise):
        after = super()._step(belief, action, noise)
        after["state"] = after["state"] + noise.standard(after["state"].shape, after["state"])
        return after
