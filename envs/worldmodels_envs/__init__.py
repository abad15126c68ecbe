"""Small video worlds with ground truth, as Gymnasium environments and batched data-set generators.

Importing the package registers its ids, so `gymnasium.make("worldmodels/RandomWalk-v0")` works after
`import worldmodels_envs`, and `gymnasium.make("worldmodels_envs:worldmodels/RandomWalk-v0")` without it.
"""

from worldmodels_envs.registration import register_envs

register_envs()

__all__ = ["register_envs"]
