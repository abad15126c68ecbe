"""The Gymnasium ids of this library; registering imports no torch."""

from __future__ import annotations

import gymnasium

IMAGINED = "worldmodels/Imagined-v0"
IMAGINED_MODULES = "worldmodels/ImaginedModules-v0"
DM_CONTROL = "worldmodels/DMControl-v0"
CRAFTER = "worldmodels/Crafter-v0"


def register_envs() -> None:
    """Register the ids with Gymnasium, once; importing `worldmodels` does it."""
    if IMAGINED not in gymnasium.registry:
        gymnasium.register(
            IMAGINED,
            entry_point="worldmodels.imagined.single:ImaginedEnv",
            vector_entry_point="worldmodels.imagined.vector:ImaginedVectorEnv",
        )
    if IMAGINED_MODULES not in gymnasium.registry:
        gymnasium.register(
            IMAGINED_MODULES,
            entry_point="worldmodels.imagined.modules:ImaginedModulesEnv",
            vector_entry_point="worldmodels.imagined.modules:ImaginedModulesVectorEnv",
        )
    if DM_CONTROL not in gymnasium.registry:
        gymnasium.register(DM_CONTROL, entry_point="worldmodels.worlds.dm_control:DMControlEnv")
    if CRAFTER not in gymnasium.registry:
        gymnasium.register(CRAFTER, entry_point="worldmodels.worlds.crafter:CrafterEnv")
