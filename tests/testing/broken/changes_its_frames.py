"""Observing that centres the frames in place."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "inputs_stay_as_they_are"
SAYS = "changes its frames in place"


class Model(Toy):
    def _observe(self, frames, actions, belief, noise):
        return super()._observe(frames.mul_(0.5), actions, belief, noise)
