"""`worldmodels import`: turns weights that others publish into a checkpoint of this library."""

from __future__ import annotations

import inspect
import os
from collections.abc import Sequence
from dataclasses import dataclass

from worldmodels import checkpoints
from worldmodels.cli.options import read
from worldmodels.config import Settings
from worldmodels.errors import CheckpointError, UnknownNameError
from worldmodels.plugins.points import IMPORTERS, calling, find, load
from worldmodels.regular import check_regular

GROUP = IMPORTERS
"""Entry points of this group are importers: functions of the paths of weights and config that return a model."""


@dataclass(frozen=True)
class ImportOptions(Settings):
    """Imports published weights: worldmodels import NAME weights=... config=... out=...

    Attributes:
        name: Whose format, as its plugin calls it.
        weights: The published weights; nothing in them is run.
        config: The settings that were published with them.
        out: The folder of the checkpoint; it replaces an older one.
        options: What else the importer takes, as options.fps=25.
    """

    name: str
    weights: str
    config: str
    out: str
    options: dict[str, float] | None = None


def run(words: Sequence[str]) -> int:
    """Import, and say where the checkpoint is."""
    options = read(ImportOptions, "import", _joined(words), positional="name")
    plugin = find(GROUP, options.name, "Plugins bring them; is the plugin installed?")
    importer = load(plugin)
    more = options.options or {}
    allowed = list(inspect.signature(importer).parameters)[2:]
    for name in more:
        if name not in allowed:
            raise UnknownNameError(f"option of importer {options.name!r}", name, allowed)
    for path in (options.config, options.weights):
        if not os.path.lexists(path):
            raise CheckpointError(f"there is no {path}.")
        check_regular(path)
    with calling(plugin):
        model = importer(options.weights, options.config, **more)
    provenance = {"imported": {"format": options.name, "weights": options.weights, "config": options.config}}
    folder = checkpoints.save(model, options.out, provenance=provenance)
    print(f'{folder}: {sum(p.numel() for p in model.parameters()):,} parameters; worldmodels.load("{folder}") reads it')
    return 0


def _joined(words: Sequence[str]) -> list[str]:
    """`--name value`, which most programs take, as `name=value`."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1].startswith("--") and "=" not in joined[-1] and joined[-1] != "--help":
            joined[-1] = f"{joined[-1]}={word}"
        else:
            joined.append(word)
    return joined
