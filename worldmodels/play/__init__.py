"""Playing in learned worlds: one visitor's session, and the page that shows it."""

from worldmodels.play.place import Place
from worldmodels.play.session import Session

__all__ = ["Place", "Session"]
