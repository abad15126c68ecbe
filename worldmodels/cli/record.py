"""`worldmodels record`: episodes of a world into a data set."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass

from worldmodels.cli.options import read
from worldmodels.limits import Count, Seed
from worldmodels.worlds.choice import WorldOptions


@dataclass(frozen=True, kw_only=True)
class RecordOptions(WorldOptions):
    """Records episodes of random actions; an existing data set is continued.

    Attributes:
        out: The data set's folder.
        episodes: How many episodes to add.
        seed: Of environment and actions.
        signals: Entries of the environment's info to keep, such as [distance].
        actions: Whether to keep actions; without them the data are videos alone, for models without actions.
    """

    out: str
    episodes: Count = 100
    seed: Seed = 0
    signals: tuple[str, ...] = ()
    actions: bool = True


def run(words: Sequence[str]) -> None:
    """Record random actions."""
    options = read(RecordOptions, "record", words, groups=("world",))
    world = options.choose()
    data = importlib.import_module("worldmodels.data")  # torch is imported where it is needed
    given = {"seed": options.seed, "signals": options.signals, "actions": options.actions}
    store = data.record(world, None, options.episodes, options.out, **given)
    print(f"{options.out}: {len(store)} episodes, {int(store.steps.sum())} steps")
