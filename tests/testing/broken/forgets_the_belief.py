"""Observing that begins anew although a belief is given."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "observe_streams"
SAYS = "observing 1 frames and then the rest differs"


class Model(Toy):
    def _observe(self, frames, actions, belief, noise):
        return super()._observe(frames, actions, None, noise)
