"""An action that shows in the frame before it: imagine applies it one step early."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "actions_lead_to_the_next_frame"
SAYS = "changes a frame before it leads anywhere"


class Model(Toy):
    def _observe(self, frames, actions, belief, noise):
        early = None if actions is None else actions.roll(-1, 1)
        return super()._observe(frames, early, belief, noise)
