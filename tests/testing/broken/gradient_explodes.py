"""A finite loss whose gradient is not."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "loss_gradients"
SAYS = "is not finite"


class Model(Toy):
    def losses(self, batch, moment):
        terms = super().losses(batch, moment)
        return {**terms, "total": terms["total"] + (terms["total"] * 0).sqrt()}
