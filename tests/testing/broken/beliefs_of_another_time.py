"""Its losses come with the beliefs after all frames but the first."""

from worldmodels.losses import Losses
from worldmodels.testing.toy import Toy

CAUGHT_BY = "losses_with_beliefs"
SAYS = "losses comes with beliefs of batch size"
ONLY = True


class Model(Toy):
    def losses(self, batch, moment):
        with self.differentiable():
            rollout = self.observe(batch.frames, batch.actions, every=True)
        return Losses(super().losses(batch, moment), rollout.at(slice(1, None)))
