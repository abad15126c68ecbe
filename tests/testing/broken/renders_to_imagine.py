"""Imagining that goes through frames."""

from worldmodels.testing.toy import Toy

CAUGHT_BY = "imagine_does_not_render"
SAYS = "imagine or features renders"


class Model(Toy):
    def _step(self, belief, action, noise):
        after = super()._step(belief, action, noise)
        frames = self._render(after.unsqueeze(1), after.unsqueeze(1))
        after["state"] = after["state"] + self.encoder(frames.flatten(2))[:, 0]
        return after
