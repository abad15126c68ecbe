"""A step that writes into the belief that it was given."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "inputs_stay_as_they_are"
SAYS = "changes the belief's entry 'state' in place"


class Model(Toy):
    def _step(self, belief, action, noise):
        belief["state"].copy_(super()._step(belief, action, noise)["state"])
        return belief
