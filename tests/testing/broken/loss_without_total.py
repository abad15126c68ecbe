"""Losses that do not say what is minimised."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "losses"
SAYS = "without 'total'"


class Model(Toy):
    def losses(self, batch, moment):
        terms = super().losses(batch, moment)
        return {"prediction": terms["prediction"]}
