"""Says that its features are wider than they are."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "features"
SAYS = "feature_dim says 9"
ONLY = True


class Model(Toy):
    def __init__(self, spec, config=None):
        super().__init__(spec, config)
        self.feature_dim += 1
