"""An action that works one step late."""

import torch

from worldmodels.testing.toy import Toy

CAUGHT_BY = "actions_lead_to_the_next_frame"
SAYS = "does not reach the frame that it leads to"


class Model(Toy):
    def _imagine(self, belief, actions, horizon, noise):
        if actions is not None:
            actions = torch.cat([torch.zeros_like(actions[:, :1]), actions[:, :-1]], 1)
        return super()._imagine(belief, actions, horizon, noise)
