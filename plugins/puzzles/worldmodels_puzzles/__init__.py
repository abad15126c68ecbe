"""Agents that place one ball: a learned scorer of actions, and imagining each candidate's video."""
