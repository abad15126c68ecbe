"""Blocks that several object-centric models are built from."""

from worldmodels.blocks.mlp import mlp
from worldmodels.blocks.positions import LinearPositions, grid, waves
from worldmodels.blocks.slot_attention import Inputs, SlotAttention

__all__ = ["Inputs", "LinearPositions", "SlotAttention", "grid", "mlp", "waves"]
