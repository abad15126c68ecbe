"""Frames with channels last."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "frames"
SAYS = "render gives (3, 16, 16, 3)"


class Model(Toy):
    def _render(self, beliefs, constant):
        return super()._render(beliefs, constant).movedim(-3, -1)
