"""Features that are not finite."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "features"
SAYS = "NaN or infinity"


class Model(Toy):
    def _features(self, beliefs, constant):
        return super()._features(beliefs, constant) / 0.0
