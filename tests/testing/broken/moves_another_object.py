"""Moves the other object than it is asked to."""

from dataclasses import replace

from toys.able import Able

from worldmodels.edits import Move

CAUGHT_BY = "edits_move_places"
SAYS = "edit(Move) leaves places"
ONLY = True


class Model(Able):
    def _edit(self, belief, edit):
        return super()._edit(belief, replace(edit, slot=1 - edit.slot) if isinstance(edit, Move) else edit)
