"""Says that it weighs frames, and does so nowhere, nor looks at the last."""

from dataclasses import replace

from worldmodels.testing.toy import Toy

CAUGHT_BY = "weights"
SAYS = "weights change no gradient"


class Model(Toy):
    def losses(self, batch, moment):
        shorter = replace(
            batch, frames=batch.frames[:, :-1], actions=None if batch.actions is None else batch.actions[:, :-1]
        )
        return super().losses(replace(shorter, weights=None), moment)
