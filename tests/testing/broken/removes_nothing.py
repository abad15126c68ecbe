"""Claims to remove objects, and leaves them to be seen."""

from toys.able import Able

from worldmodels.edits import Remove

CAUGHT_BY = "removed_objects_are_unseen"
SAYS = "a removed object still has"
ONLY = True


class Model(Able):
    def _edit(self, belief, edit):
        return belief if isinstance(edit, Remove) else super()._edit(belief, edit)
