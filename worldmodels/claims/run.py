"""`Run`: one size of a claim in its folder, stage by stage; a stage that is finished is never repeated."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldmodels.claims.claim import Claim, Measurement
from worldmodels.claims.data import folder_of, provide
from worldmodels.claims.outcome import (
    Measured,
    Outcome,
    RowOutcome,
    SeedOutcome,
    machine,
    read_outcomes,
    today,
    write_outcomes,
)
from worldmodels.config import build_config
from worldmodels.errors import InputError, UnknownNameError

TRAINED, MEASURED, OUTCOME = "trained.json", "measured.json", "outcome.json"


@dataclass(frozen=True)
class Job:
    """What can be done beside other jobs: a row at a seed."""

    row: str
    seed: int


class Run:
    """Trains and measures a claim.

    A finished training leaves `trained.json`, a finished evaluation `measured.json`, each with what it was asked, and
    is done again only when something else is asked. All files are written whole, so a run may be killed at any moment.

    Args:
        claim: The claim, in one size.
        root: Folder of all claims' runs and data.
    """

    def __init__(self, claim: Claim, root: Path) -> None:
        self.claim, self.root = claim, root
        self.folder = root / claim.name / claim.size

    def jobs(self, rows: Sequence[str] | None = None, seeds: Sequence[int] | None = None) -> list[Job]:
        """The rows at their seeds, or some of them.

        Raises:
            UnknownNameError: for an unknown row.
        """
        for row in rows or ():
            if row not in self.claim.rows:
                raise UnknownNameError(f"row of {self.claim.name}", row, self.claim.rows)
        chosen = [row for row in self.claim.rows if rows is None or row in rows]
        return [Job(row, seed) for row in chosen for seed in (self.claim.seeds_of(row) if seeds is None else seeds)]

    def waves(self, jobs: Sequence[Job]) -> list[list[Job]]:
        """Jobs that can run side by side; a row whose training begins from another's comes after it."""
        waves: list[list[Job]] = []
        for job in jobs:
            words = " ".join(self.claim.rows[job.row].train or ())
            after = [i for i, wave in enumerate(waves) for other in wave if f"{{{other.row}}}" in words]
            at = max(after, default=-1) + 1
            waves[at:] = [[*waves[at], job], *waves[at + 1 :]] if at < len(waves) else [[job]]
        return waves

    def is_trained(self, job: Job) -> bool:
        """Whether a row needs no training, or no more."""
        row = self.claim.rows[job.row]
        return row.train is None or _asked(self._folder(job) / TRAINED) == self._training(job)

    def train(self, job: Job) -> None:
        """Train a row, or go on with its training; nothing where it is finished."""
        if self.is_trained(job):
            return
        from worldmodels.training.command import main

        row, folder = self.claim.rows[job.row], self._folder(job)
        provide(self.claim.data[row.data], row.data, job.seed, self.root)
        whole, begun = not (folder / "checkpoints").exists(), time.process_time()
        words = self._training(job)
        main([*words, f"out={folder}"])
        seconds = round(time.process_time() - begun, 1) if whole else None
        _write(folder / TRAINED, words, {"cpu_seconds": seconds, "machine": machine(), "date": today()})

    def measure(self, job: Job) -> None:
        """Evaluate a row by what looks at it alone."""
        if self.claim.rows[job.row].is_baseline:
            return
        for name, part in self.claim.evaluations.items():
            if not part.together and self.claim.measures(name, job.row):
                self._evaluate(name, part, [job], self._folder(job) / name)

    def measure_together(self, seed: int) -> list[str]:
        """Evaluate rows of a seed side by side; returns the rows that an evaluation waits for."""
        waits: list[str] = []
        own = {name: row.seeds for name, row in self.claim.rows.items()}
        due = [Job(name, seed) for name, seeds in own.items() if seeds is None or seed in seeds]
        for name, part in self.claim.evaluations.items():
            jobs = [job for job in due if self.claim.measures(name, job.row)] if part.together else []
            missing = [job.row for job in jobs if not self.is_trained(job)]
            if jobs and not missing:
                self._evaluate(name, part, jobs, self.folder / f"{name}-{seed}")
            waits += missing
        return list(dict.fromkeys(waits))

    def outcome(self) -> Outcome:
        """All that was measured in this folder, also earlier."""
        seeds: dict[str, dict[int, SeedOutcome]] = {}
        for path in sorted(self.folder.glob(f"**/{MEASURED}")):
            for row, seed, found in self._measured(path):
                known = seeds.setdefault(row, {}).get(seed)
                merged = found if known is None else dataclasses.replace(known, figures=known.figures | found.figures)
                seeds[row][seed] = merged
        rows = {row: RowOutcome.over({str(s): found[s] for s in sorted(found)}) for row, found in seeds.items()}
        return Outcome(rows).judged(self.claim)

    def write(self) -> Outcome:
        """Leave the outcome in the claim's folder."""
        outcome = self.outcome()
        path = self.folder.parent / OUTCOME
        write_outcomes(path, self.claim.name, {**read_outcomes(path), self.claim.size: outcome})
        return outcome

    def _folder(self, job: Job) -> Path:
        return self.folder / f"{job.row}-{job.seed}"

    def _training(self, job: Job) -> list[str]:
        """The words of a training, but for its folder."""
        row = self.claim.rows[job.row]
        assert row.train is not None
        data = self._fill(f"{{{row.data}}}", job.seed)
        words = [*self.claim.train, *row.train, f"data.path={data}", f"seed={job.seed}"]
        return [str(self._fill(word, job.seed)) for word in words]

    def _fill(self, value: Any, seed: int) -> Any:
        """Settings with the seed, folders of data and checkpoints of other rows in place of names in braces."""
        if isinstance(value, Mapping):
            return {name: self._fill(item, seed) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._fill(item, seed) for item in value]
        if not isinstance(value, str):
            return value
        if value == "{seed}":
            return seed
        names = {"seed": str(seed)}
        names |= {name: str(folder_of(recipe, name, seed, self.root)) for name, recipe in self.claim.data.items()}
        for name in _named(value):
            text = names.get(name) or (self._checkpoint(Job(name, seed)) if name in self.claim.rows else None)
            if text is None:
                raise UnknownNameError(f"name in braces of {self.claim.name}", name, {*names, *self.claim.rows})
            value = value.replace(f"{{{name}}}", text)
        return value

    def _checkpoint(self, job: Job) -> str | None:
        row = self.claim.rows[job.row]
        if row.train is not None:
            return str(self._folder(job))
        return None if row.checkpoint is None else _resolved(row.checkpoint)

    def _evaluate(self, name: str, part: Measurement, jobs: Sequence[Job], folder: Path) -> None:
        """One evaluation of one row or several, unless it was done with the same settings and trainings."""
        from worldmodels.evaluation.evaluation import load_evaluation

        kind, seed = self.claim.kind(name), jobs[0].seed
        checkpoints = {job.row: path for job in jobs if (path := self._checkpoint(job)) is not None}
        own: Mapping[str, Any] = {} if part.together else self.claim.rows[jobs[0].row].evaluate
        settings = self._fill({**part.settings, **own}, seed)
        trainings = {job.row: self._training(job) for job in jobs if self.claim.rows[job.row].train is not None}
        asked = {"kind": kind, "settings": settings, "checkpoints": checkpoints, "trainings": trainings}
        asked |= {"figures": part.figures, "rows": [job.row for job in jobs], "seed": seed}
        if _asked(folder / MEASURED) == json.loads(json.dumps(asked)):
            return
        for used in self.claim.data.keys() & set(_named([part.settings, own])):
            provide(self.claim.data[used], used, seed, self.root)
        evaluation = load_evaluation(kind)
        known = {field.name for field in dataclasses.fields(evaluation.config)}
        given = _given(known, kind, list(checkpoints.values())) | ({"out": str(folder)} if "out" in known else {})
        result = evaluation.run(build_config(evaluation.config, {**settings, **given}))
        result.write(folder)
        figures = {job.row: self._figures(part, job, result.figures, checkpoints.get(job.row)) for job in jobs}
        _write(folder / MEASURED, asked, {"rows": figures, "machine": machine(), "date": today()})

    def _figures(
        self, part: Measurement, job: Job, found: Mapping[str, Mapping[str, Any]], checkpoint: str | None
    ) -> dict[str, Any]:
        """A row's figures in JSON types, those that its subject has."""
        subject = self.claim.rows[job.row].subject or checkpoint
        if subject is None:
            subject = job.row if job.row in found or len(found) != 1 else next(iter(found))
        if subject not in found:
            raise UnknownNameError(f"subject of the evaluation (row {job.row!r})", subject, found)
        known = found[subject]
        missing = [theirs for theirs in part.figures.values() if not any(theirs in other for other in found.values())]
        if missing:
            names = {name for other in found.values() for name in other}
            raise UnknownNameError("figure of the evaluation", missing[0], names)
        return {mine: known[theirs].to_json() for mine, theirs in part.figures.items() if theirs in known}

    def _measured(self, path: Path) -> list[tuple[str, int, SeedOutcome]]:
        """Row, seed and outcome of each row in a file that an evaluation of this claim left."""
        values = json.loads(path.read_text())
        seed, found = int(values["asked"]["seed"]), []
        for row, figures in values["rows"].items():
            if row in self.claim.rows:
                trained = self._folder(Job(row, seed)) / TRAINED
                seconds = json.loads(trained.read_text()).get("cpu_seconds") if trained.exists() else None
                parts = {name: build_config(Measured, figure) for name, figure in figures.items()}
                found.append((row, seed, SeedOutcome(parts, values["machine"], values["date"], seconds)))
        return found


def _asked(path: Path) -> Any:
    """What a finished stage was asked; `None` where it is not finished."""
    return json.loads(path.read_text())["asked"] if path.exists() else None


def _write(path: Path, asked: Any, found: Mapping[str, Any]) -> None:
    from worldmodels.whole import write_file

    write_file(path, (json.dumps({"asked": asked, **found}, indent=1, allow_nan=False) + "\n").encode())


def _given(known: set[str], kind: str, checkpoints: Sequence[str]) -> dict[str, Any]:
    """Checkpoints as an evaluation takes them."""
    if not checkpoints:
        return {}
    if "checkpoints" in known:
        return {"checkpoints": list(checkpoints)}
    if "checkpoint" in known and len(checkpoints) == 1:
        return {"checkpoint": checkpoints[0]}
    raise InputError(f"evaluation {kind!r} takes {'one checkpoint' if 'checkpoint' in known else 'no checkpoint'}.")


def _named(settings: Any) -> list[str]:
    """Names in braces."""
    return re.findall(r"\{([\w-]+)\}", settings if isinstance(settings, str) else json.dumps(settings))


def _resolved(checkpoint: str) -> str:
    """The folder of a checkpoint, which may lie in a package."""
    package, sign, inside = checkpoint.partition(":")
    if not sign:
        return checkpoint
    spec = importlib.util.find_spec(package)
    roots = (spec.submodule_search_locations or []) if spec else []
    if not roots:
        raise InputError(f"the checkpoint {checkpoint!r} needs the package {package!r}; install it.")
    return str(Path(next(iter(roots))) / inside)
