"""Claims objects, with masks that do not share out the pixels."""

from worldmodels.abilities import ObjectCentric
from worldmodels.testing.toy import Toy

CAUGHT_BY = "object_centric"
SAYS = "masks of a belief sum to between"
ONLY = True


class Model(ObjectCentric, Toy):
    def slots(self, belief_or_rollout):
        return self.features(belief_or_rollout).unflatten(-1, (2, -1))

    def masks(self, belief_or_rollout):
        frames = self.render(belief_or_rollout)
        return frames.mean(-3, keepdim=True).expand(*frames.shape[:-3], 2, -1, -1)

    def positions(self, belief_or_rollout):
        return self.slots(belief_or_rollout)[..., :2]
