"""Features that are cut from the graph."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "gradients_flow"
SAYS = "features have no gradient"


class Model(Toy):
    def _features(self, beliefs, constant):
        return super()._features(beliefs, constant).detach()
