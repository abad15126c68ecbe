"""Claims other frame rates, and ignores them."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "frame_rate"
SAYS = "imagine(dt=0.5) gives beliefs of shape (3, 5)"


class Model(Toy):
    intervals = (1.0, 0.5)

    def imagine(self, belief, actions=None, *, dt=1.0, **options):
        return super().imagine(belief, None if self.codec.dim == 0 else actions, **options)
