"""Claims to jump in time, and gives one belief for all times."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "jumpy"
SAYS = "imagine_at gives beliefs of shape (3, 1)"


class Model(Toy):
    def imagine_at(self, belief, times, actions=None):
        return self.imagine(belief, actions, horizon=None if self.codec.dim else 5).at(0)
