"""Frames from 0 to 255."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "frames"
SAYS = "render gives values from"


class Model(Toy):
    def _render(self, beliefs, constant):
        return 255 * super()._render(beliefs, constant)
