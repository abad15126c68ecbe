"""Draws its chance question by question."""

from toys.jumpy import Jumpy

from worldmodels.rollout import Rollout, pack

CAUGHT_BY = "query_order"
SAYS = "the order of the times changes"


class Model(Jumpy):
    def _imagine_at(self, belief, times, actions, noise):
        rollout = super()._imagine_at(belief, times, actions, noise)
        scene = rollout.beliefs["scene"]
        drawn = noise.gaussian(scene, scene.new_full(scene.shape, 0.1))
        beliefs = pack({**dict(rollout.beliefs.items()), "scene": drawn}, times.shape)
        return Rollout(beliefs, beliefs[:, -1] if actions is None else rollout.last, rollout.constant)

    def _imagine(self, belief, actions, horizon, noise):
        times = belief["time"].new_ones(()).new_tensor(range(1, horizon + 1)).expand(len(belief["time"]), -1)
        return Jumpy._imagine_at(self, belief, times, actions, noise)
