"""Stochastic latent residual video prediction."""
