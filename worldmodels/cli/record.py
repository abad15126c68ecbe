"""`worldmodels record`: episodes of a world into a data set."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from worldmodels.cli.options import read
from worldmodels.limits import Count, Limit, Seed
from worldmodels.worlds.choice import WorldOptions


@dataclass(frozen=True, kw_only=True)
class RecordOptions(WorldOptions):
    """Records episodes of random actions or of a policy; an existing data set is continued.

    Attributes:
        out: The data set's folder.
        episodes: How many episodes to add.
        seed: Of environment and actions.
        signals: Entries of the environment's info to keep, such as [distance]; by default what a rendered world
            observes in numbers, or what the data set has already.
        policy: What acts, as MODULE:NAME: a function of the frame or an object with `predict`, or with policy_args what
            makes one, such as policy=stable_baselines3:PPO.load policy_args.path=policy.zip; null for random actions.
        policy_args: See `policy`.
        processes: In how many processes to play; the data set is the same.
        launcher: Whether these are on this machine (local) or on a Ray cluster (ray).
        actions: Whether to keep actions; without them the data are videos alone, for models without actions.
    """

    out: str
    episodes: Count = 100
    seed: Seed = 0
    signals: tuple[str, ...] | None = None
    policy: str | None = None
    policy_args: dict[str, Any] = field(default_factory=dict)
    processes: Annotated[int, Limit(1, 1024)] = 1
    launcher: Literal["local", "ray"] = "local"
    actions: bool = True


def run(words: Sequence[str]) -> None:
    """Record."""
    options = read(RecordOptions, "record", words, groups=("world",))
    world = options.choose()
    data = importlib.import_module("worldmodels.data")  # torch is imported where it is needed
    policy = None
    if options.policy is not None:
        sys.path.insert(0, "")  # a policy being written need not be installed
        policy = importlib.import_module("worldmodels.data.policy").PolicySource(options.policy, options.policy_args)
    names = ("seed", "signals", "actions", "processes", "launcher")
    given = {name: getattr(options, name) for name in names}
    store = data.record(world, policy, options.episodes, options.out, **given)
    print(f"{options.out}: {len(store)} episodes, {int(store.steps.sum())} steps")
