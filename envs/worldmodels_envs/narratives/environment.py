"""Narratives as Gymnasium environments, one or many."""

from __future__ import annotations

from worldmodels_envs.environment import GeneratorEnv
from worldmodels_envs.narratives.simulator import NarrativesSimulator
from worldmodels_envs.vector import SimulatorVectorEnv


class NarrativesEnv(GeneratorEnv):
    """One story: `worldmodels/Narratives-v0`.

    Observation: the frame, uint8 (size, size, 3). Action: Discrete(1), which does nothing, since Gymnasium wants an
    action space. The reward is always 0 and the episode never terminates: once told, everything rests; the
    registered id truncates it after 20 steps, the paper's Traveling Salesman. See `NarrativesSimulator.look` for
    `info`.
    """

    simulator = NarrativesSimulator


class NarrativesVectorEnv(SimulatorVectorEnv):
    """Many stories in one call; see `NarrativesEnv`."""

    simulator = NarrativesSimulator
