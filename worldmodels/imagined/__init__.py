"""Learned models as Gymnasium environments: `worldmodels/Imagined-v0` and `worldmodels/ImaginedModules-v0`."""

from worldmodels.imagined.disagreement import Disagreement
from worldmodels.imagined.modules import ImaginedModulesEnv, ImaginedModulesVectorEnv, ModuleWorld
from worldmodels.imagined.single import ImaginedEnv
from worldmodels.imagined.starts import ClipStarts, EnvironmentStarts, EpisodeStarts, GivenStarts, Start, Starts
from worldmodels.imagined.state import ImaginedState
from worldmodels.imagined.vector import ImaginedVectorEnv

__all__ = [
    "ClipStarts",
    "Disagreement",
    "EnvironmentStarts",
    "EpisodeStarts",
    "GivenStarts",
    "ImaginedEnv",
    "ImaginedModulesEnv",
    "ImaginedModulesVectorEnv",
    "ImaginedState",
    "ImaginedVectorEnv",
    "ModuleWorld",
    "Start",
    "Starts",
]
