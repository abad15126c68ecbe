"""Actions that do nothing."""

import torch

from worldmodels.testing.toy import Toy

CAUGHT_BY = "actions_lead_to_the_next_frame"
SAYS = "actions matter"


class Model(Toy):
    def _input(self, state, action):
        return super()._input(state, None if action is None else torch.zeros_like(action))
