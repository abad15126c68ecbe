"""Claims a likelihood, and gives one for each frame."""

from toys.flow import Flow

CAUGHT_BY = "likelihood"
SAYS = "log_prob gives of shape"
ONLY = True


class Model(Flow):
    def _log_prob(self, frames, actions, context, samples, noise):
        scored = super()._log_prob(frames, actions, context, samples, noise)
        return scored._replace(nats=scored.nats.unsqueeze(1).expand(-1, frames.shape[1]))
