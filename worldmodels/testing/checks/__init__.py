"""What the contract demands of every model, one function each; the suite and the command line run them."""

from worldmodels.testing.checks import shapes, time, beliefs, randomness, learning, keeping, abilities, anytime  # noqa: F401, I001
from worldmodels.testing.checks.registry import CHECKS, Check

__all__ = ["CHECKS", "Check"]
