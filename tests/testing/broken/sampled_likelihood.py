"""Calls a likelihood exact that is a sample."""

import torch
from toys.flow import Flow

CAUGHT_BY = "likelihood"
SAYS = "differs between two calls"
ONLY = True


class Model(Flow):
    def _log_prob(self, frames, actions, context, samples, noise):
        scored = super()._log_prob(frames, actions, context, samples, noise)
        return scored if noise is None else scored._replace(nats=scored.nats * torch.rand(len(frames)))
