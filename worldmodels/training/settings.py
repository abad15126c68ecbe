"""The settings of `worldmodels train`, composed from hydra's groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from worldmodels import composition

GROUPS = ("model", "data", "trainer", "optimizer", "experiment")


def compose(words: Sequence[str]) -> dict[str, Any]:
    """The mapping that `configs/train.yaml`, the chosen groups and the overrides make together.

    Raises:
        UnknownNameError: for an unknown choice of a group.
        InputError: for what hydra cannot read.
    """
    return composition.compose(words, GROUPS, "train")


def usage() -> str:
    """The help of `worldmodels train`."""
    from worldmodels.cli.options import usage as describe
    from worldmodels.training.command import TrainCommand

    return describe(TrainCommand, "train", GROUPS)
