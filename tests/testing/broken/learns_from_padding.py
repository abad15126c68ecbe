"""Says that it weighs frames, and forgets one of its terms."""

from dataclasses import replace

from worldmodels.testing.toy import Toy

CAUGHT_BY = "weights"
SAYS = "a frame of weight 0 changes"


class Model(Toy):
    def losses(self, batch, moment):
        terms = super().losses(batch, moment)
        plain = super().losses(replace(batch, weights=None), moment)
        return {**terms, "total": terms["prediction"] + plain["reconstruction"]}
