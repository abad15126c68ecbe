"""The conformance suite and the tools for a plugin's own tests."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from worldmodels.testing.suite import WorldModelSuite as WorldModelSuite

__all__ = ["WorldModelSuite"]


def __getattr__(name: str) -> Any:
    if name != "WorldModelSuite":
        raise AttributeError(f"module 'worldmodels.testing' has no attribute {name!r}")
    import pytest

    # Without it, a failed assert in the shipped suite shows no values.
    pytest.register_assert_rewrite("worldmodels.testing.case")
    return importlib.import_module("worldmodels.testing.suite").WorldModelSuite
