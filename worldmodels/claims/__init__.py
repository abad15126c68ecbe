"""Claims of papers as data: `worldmodels reproduce` trains, measures, and says what holds."""

from worldmodels.claims.catalogue import claims, find, read
from worldmodels.claims.claim import Claim
from worldmodels.claims.run import Run

__all__ = ["Claim", "Run", "claims", "find", "read"]
