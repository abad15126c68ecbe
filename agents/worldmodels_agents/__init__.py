"""Planners over beliefs, reinforcement learning in imagination, and the collect-train-improve loop."""
