"""Claims to swap looks, and swaps everything but itself for itself."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "swappable"
SAYS = "changes it"


class Model(Toy):
    def swap_content(self, belief, content):
        return content * 0.5
