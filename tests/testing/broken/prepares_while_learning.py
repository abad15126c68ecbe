"""Sets what depends on data in its first loss, not in `prepare`."""

import torch
from toys.flow import Flow

CAUGHT_BY = "prepare"
SAYS = "losses changes the parameter"
ONLY = True


class Model(Flow):
    def prepare(self, batch):
        """Nothing; the first loss does it."""

    def losses(self, batch, moment):
        with torch.no_grad():
            self.shift.copy_(batch.frames.flatten(2).flatten(0, 1).mean(0))
        return super().losses(batch, moment)
