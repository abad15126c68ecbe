"""What an imagined step adds to `info`, in the layout of Gymnasium's vector environments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def masked(measures: Mapping[str, Array], rows: Array) -> dict[str, Any]:
    """Measures (batch,) of the environments in `rows`, each beside its mask; nothing where there are none."""
    info: dict[str, Any] = {}
    if rows.any():
        for name, values in measures.items():
            info[name], info[f"_{name}"] = np.where(rows, values, 0), rows.copy()
    return info


def final(observations: Any, info: dict[str, Any], rows: Array) -> dict[str, Any]:
    """The last observations and info of the episodes that have ended in `rows`."""
    last = np.full(len(rows), None, object)
    for row in np.flatnonzero(rows):
        last[row] = row_of(observations, row)
    return {"final_obs": last, "_final_obs": rows.copy(), "final_info": info, "_final_info": rows.copy()}


def row_of(observations: Any, row: Any) -> Any:
    """One environment's observation."""
    if isinstance(observations, dict):
        return {name: part[row] for name, part in observations.items()}
    return observations[row]
