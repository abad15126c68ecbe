"""`Claim`: one claim of a paper as data: what is trained, what is measured, and what must hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from worldmodels.claims.condition import PUBLISHED, Condition
from worldmodels.errors import InputError, UnknownNameError

CPU = "cpu"


@dataclass(frozen=True)
class Recipe:
    """A data set.

    Attributes:
        make: The words of a verb that makes it, such as [record, env=..., episodes=100]; `out=` is added. "{seed}"
            stands for the seed, where each has videos of its own.
        path: A folder that is there already, of data that cannot be made.
        source: Where such data come from, for the message when they are missing.
    """

    make: tuple[str, ...] = ()
    path: str | None = None
    source: str = ""

    def __post_init__(self) -> None:
        if bool(self.make) == (self.path is not None):
            raise InputError("a data set has either `make`, the words of a verb, or `path`, a folder.")


@dataclass(frozen=True)
class Row:
    """What is compared: a trained model for each seed, a ready checkpoint, or a baseline of the evaluation.

    Attributes:
        about: What it is, where its name does not say it.
        train: Overrides of `worldmodels train`, over the claim's; "{seed}" and "{NAME}" of a data set stand for the
            seed and the folder.
        data: The data set that it is trained on.
        checkpoint: A ready checkpoint instead of a training: a folder, or "package:folder" inside a package.
        subject: What an evaluation calls it, where that is not the checkpoint's path, such as a baseline of its own.
        evaluate: Settings over those of the evaluations.
        seeds: Its seeds, where they are not the claim's.
    """

    about: str = ""
    train: tuple[str, ...] | None = None
    data: str = "train"
    checkpoint: str | None = None
    subject: str | None = None
    evaluate: dict[str, Any] = field(default_factory=dict)
    seeds: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.train is not None and self.checkpoint is not None:
            raise InputError("a row has either `train` or `checkpoint`.")

    @property
    def is_baseline(self) -> bool:
        """Whether an evaluation of all rows brings it along."""
        return self.subject is not None and self.train is None and self.checkpoint is None


@dataclass(frozen=True)
class Measurement:
    """One evaluation of the rows.

    Attributes:
        kind: The evaluation, as in `worldmodels evaluate KIND`, or "module:NAME"; by default named as the
            measurement.
        settings: Its settings; "{seed}" and "{NAME}" stand for the seed and a data set's folder. Checkpoints and the
            report's folder are filled in.
        rows: The rows that it measures; all by default.
        together: Whether its rows of a seed are measured in one call, where figures compare them one by one.
        figures: Which figures are taken, the claim's name to the evaluation's.
    """

    kind: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    rows: tuple[str, ...] | None = None
    together: bool = False
    figures: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.figures:
            raise InputError("an evaluation of a claim names the `figures` that are taken.")


@dataclass(frozen=True)
class Claim:
    """One claim.

    Attributes:
        about: The claim in one sentence.
        paper: The paper.
        place: Its table or figure.
        published: The paper's figures, by row and figure; text where they are no numbers.
        world: World and data in words.
        data: Data sets by name; rows are trained on "train" unless they say otherwise.
        train: Overrides of `worldmodels train` for all rows.
        seeds: Of the rows.
        rows: By name.
        evaluations: By name.
        minutes: CPU minutes of all rows and seeds.
        holds: What must hold, a sentence to a `Condition`; nothing at a size that is too small to decide it.
        note: What to know of the outcome; where it did not hold, why as far as it is known.
        sizes: Other sizes by name, such as "paper" for a GPU: what differs, laid over the rest.
        name: The file's name.
        size: Which size this is.
    """

    about: str
    paper: str
    place: str
    rows: dict[str, Row]
    evaluations: dict[str, Measurement]
    minutes: float
    holds: dict[str, str] = field(default_factory=dict)
    published: dict[str, dict[str, float | str]] = field(default_factory=dict)
    world: str = ""
    data: dict[str, Recipe] = field(default_factory=dict)
    train: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0,)
    note: str = ""
    sizes: dict[str, dict[str, Any]] = field(default_factory=dict)
    name: str = ""
    size: str = CPU

    def __post_init__(self) -> None:
        for row in self.rows.values():
            if row.train is not None and row.data not in self.data:
                raise UnknownNameError("data set of the claim", row.data, self.data)
        for part in self.evaluations.values():
            for name in part.rows or ():
                if name not in self.rows:
                    raise UnknownNameError("row of the claim", name, self.rows)
        for name in self.published:
            if name not in self.rows:
                raise UnknownNameError("row of the claim", name, self.rows)
        for text in self.holds.values():
            for term in Condition(text).terms:
                if not term.is_number:
                    self._check(*term.path[:2])

    def _check(self, row: str, figure: str) -> None:
        """Whether a condition names what there is."""
        published = row.startswith(f"{PUBLISHED}.")
        row = row.removeprefix(f"{PUBLISHED}.")
        if row not in self.rows:
            raise UnknownNameError("row of the claim", row, self.rows)
        known = self.published.get(row, {}) if published else self.figures
        if figure not in known:
            raise UnknownNameError("published figure of the claim" if published else "figure", figure, known)

    @property
    def figures(self) -> tuple[str, ...]:
        """The names of all figures, in order."""
        return tuple(dict.fromkeys(name for part in self.evaluations.values() for name in part.figures))

    def measures(self, evaluation: str, row: str) -> bool:
        """Whether an evaluation measures a row."""
        rows = self.evaluations[evaluation].rows
        return rows is None or row in rows

    def kind(self, evaluation: str) -> str:
        """Which installed evaluation one of the claim's is."""
        return self.evaluations[evaluation].kind or evaluation

    def seeds_of(self, row: str) -> tuple[int, ...]:
        """The seeds of a row."""
        own = self.rows[row].seeds
        return self.seeds if own is None else own


def overlay(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings laid over one another, key by key; anything else is replaced, and null removes."""
    merged = dict(values)
    for name, value in changes.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(name), Mapping):
            merged[name] = overlay(merged[name], value)
        else:
            merged[name] = value
    return merged
