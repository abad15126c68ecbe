"""Imagining that clips the actions in place."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "inputs_stay_as_they_are"
SAYS = "imagine or step changes its actions in place"


class Model(Toy):
    def _imagine(self, belief, actions, horizon, noise):
        return super()._imagine(belief, None if actions is None else actions.mul_(0.5), horizon, noise)
