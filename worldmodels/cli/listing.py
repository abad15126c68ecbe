"""`worldmodels list`: the installed models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from worldmodels.cli.options import read
from worldmodels.cli.table import show
from worldmodels.config import Settings
from worldmodels.limits import Positive
from worldmodels.plugins import Plugin, available
from worldmodels.plugins.probe import Probe, probe_all


@dataclass(frozen=True)
class ListOptions(Settings):
    """Lists the installed models; none is imported, unless asked for with --probe.

    Attributes:
        probe: Whether to load each in a process of its own, and show what it can or why it cannot be used.
        seconds: How long each may take to load.
    """

    probe: bool = False
    seconds: Positive = 60.0


def run(words: Sequence[str]) -> int:
    """Print the installed models; 1 if one was probed and cannot be used."""
    options = read(ListOptions, "list", words)
    plugins = available()
    if not plugins:
        print("no model is installed; pip install one, such as worldmodels-srvp.")
        return 0
    rows = [_row(plugin) for plugin in plugins.values()]
    if not options.probe:
        show(rows)
        return 0
    probes = probe_all(list(plugins), options.seconds)
    show([{**row, **_outcome(probes[row["model"]])} for row in rows])
    faults = {name: found.fault for name, found in probes.items() if found.fault is not None}
    for name, fault in faults.items():
        print(f"\n{name}: {fault}")
    return 1 if faults else 0


def _row(plugin: Plugin) -> Mapping[str, str]:
    claims = ", ".join((f"{plugin.distribution} {plugin.version}", *plugin.rivals))
    return {"model": plugin.name, "from": claims + (" (IN CONFLICT)" if plugin.rivals else ""), "class": plugin.target}


def _outcome(found: Probe) -> Mapping[str, str]:
    return {
        "loads": "yes" if found.fault is None else "NO",
        "abilities": ", ".join(found.abilities),
        "presets": ", ".join(found.presets),
    }
