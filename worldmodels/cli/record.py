"""`worldmodels record`: episodes of a Gymnasium environment into a data set."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from worldmodels.cli.options import read
from worldmodels.environments import make_environment


@dataclass(frozen=True)
class RecordOptions:
    """Records episodes of a Gymnasium environment; an existing data set is continued.

    Attributes:
        env: The environment's id; "package:id" imports the package first.
        out: The data set's folder.
        episodes: How many episodes to add.
        seed: Of environment and actions.
        options: The environment's own arguments, as options.name=value.
        frame: Where frames come from: what the environment observes, or what it renders.
        size: Height and width to resize to, such as [64,64].
        signals: Entries of the environment's info to keep, such as [distance].
        max_steps: Where to cut episodes of an environment that never ends.
    """

    env: str
    out: str
    episodes: int = 100
    seed: int = 0
    options: dict[str, Any] | None = None
    frame: Literal["observation", "render"] = "observation"
    size: tuple[int, int] | None = None
    signals: tuple[str, ...] = ()
    max_steps: int | None = None


def run(words: Sequence[str]) -> None:
    """Record random actions."""
    options = read(RecordOptions, "record", words)
    data = importlib.import_module("worldmodels.data")
    mode = {"render_mode": "rgb_array"} if options.frame == "render" else {}
    env = make_environment(options.env, **mode, **(options.options or {}))
    try:
        store = data.record(
            env,
            None,
            options.episodes,
            options.out,
            seed=options.seed,
            frame=options.frame,
            size=options.size,
            signals=options.signals,
            max_steps=options.max_steps,
        )
    finally:
        env.close()
    print(f"{options.out}: {len(store)} episodes, {int(store.steps.sum())} steps")
