"""`worldmodels reproduce`: trains what is missing of a claim, measures it, and says what holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from worldmodels.claims.catalogue import claims, committed, find, read
from worldmodels.claims.claim import CPU, Claim
from worldmodels.claims.outcome import Outcome, read_outcomes, write_outcomes
from worldmodels.claims.run import Job, Run
from worldmodels.cli.options import read as read_options
from worldmodels.cli.table import show
from worldmodels.config import Settings


@dataclass(frozen=True)
class ReproduceOptions(Settings):
    """Reproduces a claim of a paper: makes data, trains and measures what is missing, and says what holds.

    Without a name it lists the claims. What was finished is never done again, and a run that was stopped goes on. The
    exit code is 1 where something that should hold does not.

    Attributes:
        name: A claim, or a file of your own that ends in .yaml.
        size: The claim's size: cpu, or another that it has, such as paper.
        rows: Some of its rows, such as rows=[srvp,svg]; all by default.
        seeds: Other seeds, such as seeds=[0,1].
        launcher: Runs rows and seeds in parallel: joblib, ray, submitit_local or submitit_slurm; here, one after the
            other, by default.
        launch: The launcher's own settings, such as launch.n_jobs=2.
        record: Whether to commit the outcome: into results/NAME.json beside the claim, and into docs/claims.md.
        out: Folder of all claims' runs and data.
    """

    name: str | None = None
    size: str = CPU
    rows: str | tuple[str, ...] | None = None
    seeds: int | tuple[int, ...] | None = None
    launcher: str | None = None
    launch: dict[str, Any] = field(default_factory=dict)
    record: bool = False
    out: str = "runs/claims"


def run(words: Sequence[str]) -> int:
    """The verb."""
    options = read_options(ReproduceOptions, "reproduce", words, positional="name")
    if options.name is None:
        show([_entry(read(path), read_outcomes(committed(path))) for path in claims().values()])
    held = True if options.name is None else reproduce(find(options.name), options)
    if options.record:
        from worldmodels.claims.page import write_page

        page = write_page()
        print(f"page: {page}" if page else "docs/claims.md is not here: only the repository has it.")
    return 0 if held else 1


def reproduce(path: Path, options: ReproduceOptions) -> bool:
    """Do what is missing, show the rows, and leave the outcome; whether nothing that was measured fails to hold."""
    work = Run(read(path, options.size), Path(options.out))
    rows = (options.rows,) if isinstance(options.rows, str) else options.rows
    seeds = (options.seeds,) if isinstance(options.seeds, int) else options.seeds
    jobs = work.jobs(rows, seeds)
    for wave in work.waves(jobs):
        _do(work, path, wave, options)
    for seed in dict.fromkeys(job.seed for job in jobs):
        waits = work.measure_together(seed)
        if waits:
            print(f"what compares all rows waits for {', '.join(waits)} at seed {seed}.")
    outcome = work.write()
    _show(work.claim, outcome)
    if options.record:
        _commit(path, work.claim, outcome)
    return all(holds is not False for holds in outcome.holds.values())


def _do(work: Run, path: Path, jobs: Sequence[Job], options: ReproduceOptions) -> None:
    if options.launcher is not None:
        from worldmodels.claims.launcher import launch

        launch(options.launcher, path, options.size, work.root, jobs, options.launch)
        return
    for job in jobs:
        if not work.is_trained(job):
            print(f"{work.claim.name}: training {job.row}, seed {job.seed}", flush=True)
        work.train(job)
        work.measure(job)


def _commit(path: Path, claim: Claim, outcome: Outcome) -> None:
    """Lay the outcome over the committed one, whose other rows and seeds stay."""
    target = committed(path)
    sizes = read_outcomes(target)
    merged = sizes.get(claim.size, Outcome()).merged(outcome).judged(claim)
    write_outcomes(target, claim.name, {**sizes, claim.size: merged})
    print(f"recorded: {target}")


def _show(claim: Claim, outcome: Outcome) -> None:
    names = [name for name in claim.figures if any(name in row.figures for row in outcome.rows.values())]
    cells = [
        {"row": row, **{name: str(found.figures[name]) if name in found.figures else "-" for name in names}}
        for row, found in outcome.rows.items()
    ]
    show(cells)
    for sentence, held in outcome.holds.items():
        print(f"{ {True: 'holds', False: 'does not hold', None: 'not measured'}[held] }: {sentence}")


def _entry(claim: Claim, outcomes: dict[str, Outcome]) -> dict[str, object]:
    sizes = " ".join([CPU, *claim.sizes])
    verdict = outcomes[CPU].judged(claim).verdict if CPU in outcomes else "not measured"
    return {"claim": claim.name, "holds": verdict, "CPU minutes": f"{claim.minutes:g}", "sizes": sizes, "": claim.about}
