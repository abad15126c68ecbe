"""What came out of a claim: figures by row and seed, in a file that is written whole."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from worldmodels.claims.claim import Claim
from worldmodels.claims.condition import PUBLISHED, Condition
from worldmodels.config import build_config
from worldmodels.errors import InputError, WorldModelsError
from worldmodels.evaluation.intervals import mean_interval


@dataclass(frozen=True)
class Measured:
    """A figure of one seed with its interval, or of several with the least and the most.

    Attributes:
        mean: The figure; over several seeds, the mean of theirs.
        low: The lower end of the 95% interval: over videos or episodes for one seed, else over seeds (Student's t).
        high: The upper end.
        n: Videos, episodes or seeds.
        least: Of several seeds.
        most: Of several seeds.
    """

    mean: float
    low: float | None = None
    high: float | None = None
    n: int = 1
    least: float | None = None
    most: float | None = None

    @classmethod
    def over(cls, figures: list[Measured]) -> Measured:
        """Over seeds; one seed's figure stays as it is."""
        if len(figures) == 1:
            return figures[0]
        values = [figure.mean for figure in figures]
        found = mean_interval(values)
        return cls(found.mean, found.low, found.high, found.n, min(values), max(values))

    def __str__(self) -> str:
        if self.least is not None and self.most is not None and self.least < self.most:
            shown = _digits((self.most - self.least) / 2, 5)
            return f"{self.mean:.{shown}f} ({self.least:.{shown}f} to {self.most:.{shown}f})"
        if self.low is None or self.high is None or self.least is not None:
            return f"{self.mean:,.4g}" if abs(self.mean) < 1e5 else f"{self.mean:,.0f}"
        half = (self.high - self.low) / 2
        return f"{self.mean:.{_digits(half)}f} ± {half:.{_digits(half)}f}"


@dataclass(frozen=True)
class SeedOutcome:
    """One row at one seed.

    Attributes:
        figures: By name.
        machine: Where it was measured.
        date: When, as 2026-11-24.
        cpu_seconds: Of the training, where it ran in one piece.
        command: What measured it, where it was not `worldmodels reproduce`.
    """

    figures: dict[str, Measured]
    machine: str
    date: str
    cpu_seconds: float | None = None
    command: str = ""


@dataclass(frozen=True)
class RowOutcome:
    """One row over its seeds.

    Attributes:
        figures: By name, over the seeds.
        seeds: By seed; empty where only figures over seeds are known.
        machine: Where it was measured.
        date: When the last of them was.
        cpu_seconds: Mean over the trainings that ran in one piece.
        command: What measured it, where it was not `worldmodels reproduce`.
    """

    figures: dict[str, Measured]
    seeds: dict[str, SeedOutcome] = field(default_factory=dict)
    machine: str = ""
    date: str = ""
    cpu_seconds: float | None = None
    command: str = ""

    @classmethod
    def over(cls, seeds: Mapping[str, SeedOutcome]) -> RowOutcome:
        """From its seeds."""
        names = dict.fromkeys(name for seed in seeds.values() for name in seed.figures)
        figures = {
            name: Measured.over([seed.figures[name] for seed in seeds.values() if name in seed.figures])
            for name in names
        }
        seconds = [seed.cpu_seconds for seed in seeds.values() if seed.cpu_seconds is not None]
        machines, commands = ({getattr(seed, name) for seed in seeds.values()} for name in ("machine", "command"))
        return cls(
            figures,
            dict(seeds),
            " and ".join(sorted(machines)),
            max(seed.date for seed in seeds.values()),
            round(sum(seconds) / len(seconds), 1) if seconds else None,
            " and ".join(sorted(commands - {""})),
        )


@dataclass(frozen=True)
class Outcome:
    """What came out at one size.

    Attributes:
        rows: By name, those that were measured.
        holds: Sentence to whether it holds; null where its figures were not all measured.
    """

    rows: dict[str, RowOutcome] = field(default_factory=dict)
    holds: dict[str, bool | None] = field(default_factory=dict)

    def judged(self, claim: Claim) -> Outcome:
        """With what holds of the claim, and without rows that it does not have."""
        rows = {name: self.rows[name] for name in claim.rows if name in self.rows}
        figures: dict[str, Any] = {
            row: {name: dataclasses.asdict(figure) for name, figure in outcome.figures.items()}
            for row, outcome in rows.items()
        }
        for row, published in claim.published.items():
            numbers = {name: {"mean": value} for name, value in published.items() if not isinstance(value, str)}
            figures[f"{PUBLISHED}.{row}"] = numbers
        return Outcome(rows, {sentence: Condition(text).holds(figures) for sentence, text in claim.holds.items()})

    def merged(self, other: Outcome) -> Outcome:
        """With the seeds of another outcome over its own; a row without seeds is replaced by one with."""
        rows = dict(self.rows)
        for name, row in other.rows.items():
            seeds = {**(rows[name].seeds if name in rows else {}), **row.seeds}
            rows[name] = RowOutcome.over(seeds) if seeds else row
        return Outcome(rows)

    @property
    def verdict(self) -> str:
        """Whether the claim held: yes, no, in part, or not measured."""
        known = [held for held in self.holds.values() if held is not None]
        if not known:
            return "not measured"
        if all(known):
            return "yes" if len(known) == len(self.holds) else "yes, as far as measured"
        return "in part" if any(known) else "no"


def read_outcomes(path: Path) -> dict[str, Outcome]:
    """Size to outcome, of a file; empty where there is none.

    Raises:
        InputError: for a file that is none of ours.
    """
    if not path.exists():
        return {}
    try:
        values = json.loads(path.read_text())
        return {size: build_config(Outcome, outcome) for size, outcome in values["sizes"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, WorldModelsError) as error:
        raise InputError(f"{path} is no result of worldmodels reproduce ({error}); move it away.") from error


def write_outcomes(path: Path, claim: str, sizes: Mapping[str, Outcome]) -> None:
    """Write the file whole or not at all.

    Raises:
        InputError: where it cannot be written.
    """
    from worldmodels.whole import write_file

    values = {"claim": claim, "sizes": {size: _plain(outcome) for size, outcome in sizes.items()}}
    text = json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        write_file(path, text.encode())
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}).") from error


def machine() -> str:
    """The processor, and the GPU if there is one."""
    import torch

    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = (line.partition(":") for line in cpuinfo.read_text().splitlines())
        name = next((value.strip() for key, _, value in lines if key.strip() == "model name"), name)
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    return f"{os.cpu_count()} cores of {name}, {gpu}"


def today() -> str:
    """The date, UTC."""
    return datetime.now(UTC).date().isoformat()


def _plain(value: Any) -> Any:
    """JSON types, without what is not known."""
    if dataclasses.is_dataclass(value):
        fields = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {name: _plain(item) for name, item in fields if item not in (None, "", {})}
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    # Six figures are more than any of ours is known to; counts stay whole.
    return float(f"{value:.6g}") if isinstance(value, float) and not value.is_integer() else value


def _digits(width: float, two: int = 3) -> int:
    """Decimals that show a width to two figures where it begins with a digit below `two`, else to one."""
    if width <= 0:
        return 3
    power = math.floor(math.log10(width) + 1e-9)
    return min(6, max(0, (1 if width / 10**power < two else 0) - power))
