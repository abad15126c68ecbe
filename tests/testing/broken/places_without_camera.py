"""Knows places, and no camera that sees them."""

from toys.able import Able

CAUGHT_BY = "places"
SAYS = "there are places, but no camera"
ONLY = True


class Model(Able):
    def camera(self, belief_or_rollout):
        return None
