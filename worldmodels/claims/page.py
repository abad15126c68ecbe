"""`docs/claims.md`: every claim of this repository with its committed rows, written from them and from nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import worldmodels
from worldmodels.claims.catalogue import FOLDER, committed, read
from worldmodels.claims.claim import CPU, Claim
from worldmodels.claims.outcome import Outcome, RowOutcome, read_outcomes
from worldmodels.whole import write_file

INTRODUCTION = """\
# Claims

What the papers claim, what came out here, and how to see it. Written by `worldmodels reproduce NAME record=true`, from
the claims under `configs/claim/` and the results beside them. Sizes and budgets are a CPU's where nothing else is said,
so compare orders rather than numbers. `±` is a 95% interval over videos or episodes; of several seeds, the mean is
followed by the least and the most. Rows that name a command of their own were measured before the claim was a file,
some by scripts that it replaces. Nothing is left out because it did not hold.
"""
HOW = """\
`worldmodels reproduce` lists the claims that are installed, `worldmodels reproduce NAME` trains and measures what is
missing of one, and says what holds; a run that was stopped goes on. `launcher=joblib` runs rows and seeds in parallel.
"""
CLAIM_FOLDERS = (f"configs/{FOLDER}", f"plugins/*/*/configs/{FOLDER}", f"plugins/*/experiments/{FOLDER}")


def repository() -> Path | None:
    """The repository that this package lies in; `None` for an installed one."""
    root = Path(worldmodels.__file__).parents[1]
    return root if (root / "docs" / "claims.md").is_file() and (root / "configs").is_dir() else None


def write_page() -> Path | None:
    """Write the page; `None` where there is no repository."""
    root = repository()
    return None if root is None else write_file(root / "docs" / "claims.md", page(root).encode())


def page(root: Path) -> str:
    """The page of a repository's claims, in the order of papers."""
    paths = sorted(path for pattern in CLAIM_FOLDERS for path in root.glob(f"{pattern}/*.yaml"))
    found = [(read(path), path) for path in paths]
    found.sort(key=lambda item: (item[0].paper, item[0].name))
    outcomes = {claim.name: read_outcomes(committed(path)) for claim, path in found}
    summary = ["| claim | paper | holds | `worldmodels reproduce` |", "|---|---|---|---|"]
    parts = []
    for claim, path in found:
        outcome = outcomes[claim.name].get(CPU, Outcome()).judged(claim)
        link = f"[`{claim.name}`](#{claim.name})"
        summary.append(f"| {claim.about} | {claim.paper} | {outcome.verdict} | {link} |")
        parts.append(_section(claim, path, outcomes[claim.name]))
    return "\n".join([INTRODUCTION, *summary, "", HOW, *parts]).rstrip() + "\n"


def _section(claim: Claim, path: Path, outcomes: dict[str, Outcome]) -> str:
    lines = [f"## {claim.name}", "", f"{claim.about} {claim.paper}, {claim.place}. {claim.world}".rstrip(), ""]
    lines += [f"`worldmodels reproduce {claim.name}`: {claim.minutes:g} CPU minutes.", ""]
    for size in [CPU, *claim.sizes]:
        sized = read(path, size)
        outcome = outcomes.get(size, Outcome()).judged(sized)
        if outcome.rows:
            lines += [*_title(sized, claim), *_rows(sized, outcome), "", *_holds(sized, outcome), *_where(outcome)]
    return "\n".join([*lines, *([claim.note.strip(), ""] if claim.note else [])])


def _title(sized: Claim, claim: Claim) -> list[str]:
    if sized.size == CPU:
        return []
    world = f" {sized.world}" if sized.world != claim.world else ""
    return [f"`size={sized.size}`, {sized.minutes:g} CPU minutes.{world}", ""]


def _rows(claim: Claim, outcome: Outcome) -> list[str]:
    """The table: a row for each of the claim's, the paper's figures beside ours."""
    names = [name for name in claim.figures if any(name in row.figures for row in outcome.rows.values())]
    papers = {name for figures in claim.published.values() for name in figures}
    head = ["row"]
    for name in names:
        head += [name.replace("_", " "), *(["paper"] if name in papers else [])]
    seeds = any(len(row.seeds) > 1 for row in outcome.rows.values())
    head += ["seeds"] * seeds + ["CPU s"] * any(row.cpu_seconds is not None for row in outcome.rows.values())
    lines = [_line(head), _line(["---"] * len(head))]
    for name, row in outcome.rows.items():
        about = claim.rows[name].about
        cells = [f"`{name}`" + (f", {about}" if about else "")]
        for figure in names:
            cells.append(str(row.figures[figure]) if figure in row.figures else "")
            if figure in papers:
                cells.append(_published(claim.published.get(name, {}).get(figure)))
        cells += [", ".join(row.seeds)] * seeds
        cells += [_seconds(row)] * ("CPU s" in head)
        lines.append(_line(cells))
    return lines


def _holds(claim: Claim, outcome: Outcome) -> list[str]:
    words = {True: "holds", False: "**does not hold**", None: "not measured"}
    lines = [f"- {sentence} (`{claim.holds[sentence]}`): {words[held]}" for sentence, held in outcome.holds.items()]
    return [*lines, ""] if lines else []


def _where(outcome: Outcome) -> list[str]:
    """Machine and date of the rows, and the commands of those that others measured."""
    lines = []
    places = dict.fromkeys((row.machine, row.date) for row in outcome.rows.values())
    for machine, date in places:
        rows = {name: row for name, row in outcome.rows.items() if (row.machine, row.date) == (machine, date)}
        which = "" if len(places) == 1 else f"{', '.join(f'`{name}`' for name in rows)}: "
        commands = [f"`{command}`" for command in dict.fromkeys(row.command for row in rows.values()) if command]
        lines.append(f"{which}{machine}, {date}{', by ' + ' and '.join(commands) if commands else ''}.")
    return [" ".join(lines), ""]


def _published(value: float | str | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:,.10g}"


def _seconds(row: RowOutcome) -> str:
    return "" if row.cpu_seconds is None else f"{row.cpu_seconds:.0f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
