"""Learned models as Gymnasium environments: `worldmodels/Imagined-v0`."""

from worldmodels.imagined.disagreement import Disagreement
from worldmodels.imagined.single import ImaginedEnv
from worldmodels.imagined.starts import ClipStarts, EnvironmentStarts, EpisodeStarts, GivenStarts, Start, Starts
from worldmodels.imagined.vector import ImaginedState, ImaginedVectorEnv

__all__ = [
    "ClipStarts",
    "Disagreement",
    "EnvironmentStarts",
    "EpisodeStarts",
    "GivenStarts",
    "ImaginedEnv",
    "ImaginedState",
    "ImaginedVectorEnv",
    "Start",
    "Starts",
]
