"""A loss with the logarithm of nothing."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "losses"
SAYS = "is inf"


class Model(Toy):
    def losses(self, batch, moment):
        terms = super().losses(batch, moment)
        certain = -(terms["prediction"] * 0).log()
        return {**terms, "certain": certain, "total": terms["total"] + certain}
