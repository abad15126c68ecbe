"""Planners over beliefs."""

from worldmodels_agents.planners.cem import CEM
from worldmodels_agents.planners.gradient import Gradient
from worldmodels_agents.planners.icem import ICEM
from worldmodels_agents.planners.mppi import MPPI
from worldmodels_agents.planners.planner import Plan, Planner
from worldmodels_agents.planners.shooting import RandomShooting
from worldmodels_agents.planners.tree import TreeSearch

__all__ = ["CEM", "ICEM", "MPPI", "Gradient", "Plan", "Planner", "RandomShooting", "TreeSearch"]
