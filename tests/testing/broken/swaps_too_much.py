"""Claims to swap looks, and swaps everything but itself for itself."""

from worldmodels.abilities import Swappable
from worldmodels.testing.toy import Toy

CAUGHT_BY = "swappable"
SAYS = "changes it"
ONLY = True


class Model(Swappable, Toy):
    def swap_content(self, belief, content):
        return content * 0.5
