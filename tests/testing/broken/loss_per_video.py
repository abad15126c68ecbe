"""A loss for each video rather than one."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "losses"
SAYS = "has shape (3,)"


class Model(Toy):
    def losses(self, batch, progress):
        terms = super().losses(batch, progress)
        return {**terms, "total": terms["total"].expand(len(batch.frames))}
