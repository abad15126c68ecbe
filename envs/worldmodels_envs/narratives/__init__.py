"""Narratives: coloured shapes act out a story whose course is drawn once (the data of JUMP)."""

from worldmodels_envs.narratives.config import VARIANTS, NarrativesConfig, resolve_config
from worldmodels_envs.narratives.environment import NarrativesEnv, NarrativesVectorEnv
from worldmodels_envs.narratives.judge import Verdict, judge
from worldmodels_envs.narratives.simulator import NarrativesSimulator

batches, generate = NarrativesSimulator.batches, NarrativesSimulator.generate

__all__ = [
    "VARIANTS",
    "NarrativesConfig",
    "NarrativesEnv",
    "NarrativesSimulator",
    "NarrativesVectorEnv",
    "Verdict",
    "batches",
    "generate",
    "judge",
    "resolve_config",
]
