"""Stochastic video generation with a learned prior."""
