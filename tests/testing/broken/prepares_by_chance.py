"""Prepares itself by a chance that is its own, so that processes would differ."""

import itertools

from toys.flow import Flow

CAUGHT_BY = "prepare"
SAYS = "to other values in another process"
ONLY = True


CALLS = itertools.count()


class Model(Flow):
    def prepare(self, batch):
        super().prepare(batch)
        self.shift.add_(next(CALLS) / 1000)
