"""Claims several resolutions, all of one size."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "cascade"
SAYS = "the levels have sizes"


class Model(Toy):
    levels = 2

    def render(self, belief_or_rollout, level=-1):
        return super().render(belief_or_rollout)
