"""Training in 64 bits."""

from __future__ import annotations

from typing import Any

from lightning.pytorch.plugins.precision import DoublePrecision

from worldmodels.batch import Batch


class DoubleBatches(DoublePrecision):
    """Lightning's, for batches that are frozen dataclasses, which its own conversion refuses."""

    def convert_input(self, data: Any) -> Any:
        """The batch as it is; it still holds bytes here, and becomes floats of 64 bits where it is needed."""
        return data if isinstance(data, Batch) else super().convert_input(data)
