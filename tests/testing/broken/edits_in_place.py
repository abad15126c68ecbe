"""Claims to edit, and writes into the belief."""

from toys.able import Able

CAUGHT_BY = "editable"
SAYS = "changes the belief's entry"


class Model(Able):
    def _edit(self, belief, edit):
        edited = super()._edit(belief, edit)
        belief["state"].add_(1)
        return edited
