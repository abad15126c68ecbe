"""A declared entry that no belief holds."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "belief_shape"
SAYS = "`varying` and `constant` name stat, but beliefs hold state"


class Model(Toy):
    varying = ("stat",)
