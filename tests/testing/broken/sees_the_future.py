"""Observing that looks at the whole clip, as a smoother does."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "observe_is_causal"
SAYS = "depends on frame"


class Model(Toy):
    def _observe(self, frames, actions, belief, noise):
        return super()._observe((frames + frames.mean(1, keepdim=True)) / 2, actions, belief, noise)
