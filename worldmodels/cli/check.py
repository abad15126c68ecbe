"""`worldmodels check`: does a model keep the contract?"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from worldmodels.cli.options import read
from worldmodels.config import Settings
from worldmodels.errors import PluginError, UnknownNameError
from worldmodels.limits import Limit, Positive
from worldmodels.plugins import available, plugin
from worldmodels.plugins.probe import probe
from worldmodels.progress import Progress

if TYPE_CHECKING:
    from worldmodels.testing.case import Case
    from worldmodels.testing.verdict import Finding


Side = Annotated[int, Limit(1, 1024)]


@dataclass(frozen=True)
class CheckOptions(Settings):
    """Tries a model against every line of the contract, in three kinds of world, and says what it breaks.

    Attributes:
        model: An installed model's name, "module:Class", or a checkpoint.
        preset: The configuration to try; "tiny" where the model has one of that name.
        config: Settings over the preset's, as config.hidden=16.
        frame_shape: The frames to try (channel, height, width).
        only: Names of checks, if not all.
        seconds: How long the model's module may take to be imported.
    """

    model: str
    preset: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    frame_shape: tuple[Side, Side, Side] = (3, 32, 32)
    only: tuple[str, ...] = ()
    seconds: Positive = 60.0


def run(words: Sequence[str]) -> int:
    """Print the verdict; 1 if the model breaks the contract."""
    options = read(CheckOptions, "check", words, positional="model")
    if not (":" in options.model or _is_checkpoint(options.model)):
        plugin(options.model)  # an unknown name is told before PyTorch is loaded
    _import_elsewhere(options)
    from worldmodels.testing.checks import CHECKS
    from worldmodels.testing.verdict import applying, examine

    for name in options.only:
        if name not in CHECKS:
            raise UnknownNameError("check", name, CHECKS)
    cases = _cases(options)
    checks = options.only or applying(next(iter(cases.values())))
    print(f"{options.model}: {len(checks)} checks, each in: {', '.join(cases)}\n")
    total = len(checks) * len(cases)
    findings = list(Progress(examine(cases, checks), "checking", total, unit="check", leave=False))
    return _show(findings, len(cases))


def _import_elsewhere(options: CheckOptions) -> None:
    """Import the model in a process of its own first, since one that exits, crashes or hangs would do so here.

    Raises:
        PluginError: with what became of it.
    """
    if ":" in options.model:
        sys.path.insert(0, "")  # a class being written need not be installed
        target = options.model
    else:
        target = plugin(options.model).target if options.model in available() else ""
    if not target or target.partition(":")[0] in sys.modules:
        return
    found = probe(options.model, options.seconds)
    if found.fault is not None:
        prefix = "" if options.model in found.fault else f"{options.model} cannot be imported: "
        raise PluginError(f"{prefix}{found.fault}")


def _cases(options: CheckOptions) -> Mapping[str, Case]:
    """The model in every world, or a checkpoint in its own."""
    from worldmodels.plugins import import_class, load_class
    from worldmodels.testing.worlds import WORLDS, case_for

    if ":" in options.model:
        cls = import_class(options.model)
    elif _is_checkpoint(options.model):
        return {"its own world": _of_checkpoint(options.model)}
    else:
        cls = load_class(options.model)
    return {world: case_for(cls, world, options.frame_shape, options.preset, options.config) for world in WORLDS}


def _is_checkpoint(model: str) -> bool:
    return model not in available() and ("/" in model or Path(model).exists())


def _of_checkpoint(source: str) -> Case:
    from worldmodels.checkpoints import find, load
    from worldmodels.testing.case import Case

    folder = find(source)
    case = Case(lambda _: load(folder), load(folder).spec)
    return replace(case, spread=0.0)


def _show(findings: Sequence[Finding], worlds: int) -> int:
    from worldmodels.testing.verdict import explain, home

    broken = 0
    for check, group in groupby(findings, lambda finding: finding.check):
        faults = [finding for finding in group if finding.found is not None]
        broken += bool(faults)
        print(f"{'FAILED' if faults else 'ok':<6}  {check}: {explain(check)}")
        for found, same in groupby(faults, lambda fault: (fault.found, fault.contract)):
            places = [fault.world for fault in same]
            print(f"        found     {found[0]}" + (f" [{', '.join(places)}]" if len(places) < worlds else ""))
            print(f"        contract  {found[1]}")
        if faults:
            print(f"        read      {home(check)}")
    count = len({finding.check for finding in findings})
    print(f"\n{count - broken} of {count} checks passed" + ("." if not broken else f"; {broken} FAILED."))
    return 1 if broken else 0
