"""Counts the numbers of the context among those that it scored."""

from toys.flow import Flow

CAUGHT_BY = "likelihood"
SAYS = "log_prob says that it scored"
ONLY = True


class Model(Flow):
    def _log_prob(self, frames, actions, context, samples, noise):
        scored = super()._log_prob(frames, actions, context, samples, noise)
        return scored._replace(numbers=frames[0].numel())
