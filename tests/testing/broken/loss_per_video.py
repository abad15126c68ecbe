"""A loss for each video rather than one."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "losses"
SAYS = "has shape (3,)"


class Model(Toy):
    def losses(self, batch, moment):
        terms = super().losses(batch, moment)
        return {**terms, "total": terms["total"].expand(len(batch.frames))}
