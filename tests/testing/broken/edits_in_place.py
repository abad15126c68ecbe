"""Claims to edit, and writes into the belief."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "editable"
SAYS = "edit changes the belief's entry"


class Model(Toy):
    def edit(self, belief, **changes):
        belief["state"].add_(1)
        return belief
