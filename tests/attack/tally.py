"""How many cases of each kind of attack there were, and how they ended."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from children import End

LOG = "ATTACK_LOG"
"""The environment variable that names a file to which faults are written as they are found."""
GOOD = ("worked", "refused", "short of memory")
"""Ends that are as they should be; the last was refused in one line when its allowance of memory was spent."""
FAULTS = ("traceback", "hang", "memory", "code run")


@dataclass
class Tally:
    """The ends of one attack's cases.

    Attributes:
        kind: What was attacked, such as "command lines".
        counts: Cases by how they ended.
        faults: The cases that ended badly, and what they said.
    """

    kind: str
    counts: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many cases there were."""
        return sum(self.counts.values())

    def note(self, case: Any, end: End) -> None:
        """Count a case."""
        self.counts[end.verdict] = self.counts.get(end.verdict, 0) + 1
        if end.verdict not in GOOD:
            said = "\n".join(end.err.strip().splitlines()[-6:])
            self.faults.append(f"{end.verdict} (code {end.code}, {end.peak >> 20} MB): {case!r:.600}\n{said[-1500:]}")
            if LOG in os.environ:
                with open(os.environ[LOG], "a", errors="backslashreplace") as file:
                    file.write(f"{self.kind}: {self.faults[-1]}\n\n")

    def settle(self) -> None:
        """Fail where a case ended badly."""
        assert self.total, "no case was run"
        shown = "\n\n".join(self.faults[:40])
        assert not self.faults, f"{len(self.faults)} of {self.total} {self.kind}:\n\n{shown}"


def line(kind: str, counts: Counter[str], seed: int) -> str:
    """The counts of a kind in one line."""
    faults = ", ".join(f"{counts[name]} {name}" for name in FAULTS)
    ends = ", ".join(f"{counts[name]} {name}" for name in GOOD)
    return f"{kind}: {counts.total():,} cases, seed {seed}: {faults} ({ends})"
