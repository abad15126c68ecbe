"""A state normalised over the batch."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "batch_items_are_independent"
SAYS = "another video in the batch"


class Model(Toy):
    def _observe(self, frames, actions, belief, noise):
        return super()._observe(frames - frames.mean(0) / 2, actions, belief, noise)
