"""What `reset(options=...)` says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def option(options: Mapping[str, Any] | None, name: str, default: Any = None) -> Any:
    """One of the options, or its default where it is not given.

    Raises:
        ValueError: Options that are no mapping.
    """
    if options is None:
        return default
    if not isinstance(options, Mapping):
        raise ValueError(f"reset's options are a mapping, such as {{{name!r}: ...}}; got {options!r:.80}")
    return options.get(name, default)
