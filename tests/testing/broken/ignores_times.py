"""Claims any time, and answers every question with the same belief."""

from toys.jumpy import Jumpy

CAUGHT_BY = "times_matter"
SAYS = "gives the same at all times"


class Model(Jumpy):
    """Imagining is of its own, so nothing else betrays it."""

    def _at(self, belief, times, actions):
        return super()._at(belief, times * 0, None if actions is None else actions * 0)
