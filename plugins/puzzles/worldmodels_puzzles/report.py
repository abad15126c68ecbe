"""The report of planning: AUCCESS of all agents, by template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from worldmodels.evaluation.intervals import mean_interval
from worldmodels.evaluation.report import Cell, Column, Report, Table
from worldmodels_envs.phyre.evaluation import ATTEMPTS, PuzzleScore
from worldmodels_envs.phyre.templates import get_template

Scores = Mapping[tuple[str, str], Sequence[PuzzleScore]]
"""Setup and agent to the scores of its folds."""

PUBLISHED: tuple[tuple[str, str, float, float | None], ...] = (
    ("random, our run of the original's simulator", "within", 14.3, 43.4),
    ("DQN (Bakhtin et al. 2019)", "within", 77.6, None),
    ("DQN (Bakhtin et al. 2019)", "cross", 36.8, None),
    ("RPIN (Qi et al. 2021)", "within", 85.2, None),
    ("RPIN (Qi et al. 2021)", "cross", 42.2, None),
)
"""AUCCESS, and percent solved within 100 attempts where known, on the original's own puzzles."""


def planning_report(scores: Scores, provenance: Mapping[str, object] | None = None) -> Report:
    """One table of all agents, one by template for each setup, and the original's figures."""
    report = Report("Planning on PHYRE-like puzzles", provenance)
    report.add(summary_table(scores))
    for setup in dict.fromkeys(setup for setup, _ in scores):
        report.add(_template_table(setup, {agent: folds for (name, agent), folds in scores.items() if name == setup}))
    return report.add(_published_table())


def summary_table(scores: Scores) -> Table:
    """AUCCESS and the share solved of each agent in each setup."""
    rows: list[list[Cell]] = [
        [setup, agent, mean_interval([s.auccess for s in folds]), mean_interval([s.solved for s in folds]), len(folds)]
        for (setup, agent), folds in scores.items()
    ]
    columns = ["setup", "agent", "AUCCESS", f"solved within {ATTEMPTS} attempts, %", "folds"]
    note = (
        f"{ATTEMPTS} attempts at each test puzzle; 95% interval over folds (Student's t). Invalid actions cost nothing."
    )
    return Table("AUCCESS", [Column(label) for label in columns], rows, note=note)


def _template_table(setup: str, agents: Mapping[str, Sequence[PuzzleScore]]) -> Table:
    names = sorted({name for folds in agents.values() for score in folds for name in score.templates})
    rows = [[name, get_template(name).summary, *(_on(name, folds) for folds in agents.values())] for name in names]
    columns = [Column("template"), Column("layout and goal"), *(Column(agent) for agent in agents)]
    note = "AUCCESS; 95% interval over the folds that test the template."
    return Table(f"By template, {setup} template", columns, rows, note=note)


def _on(template: str, folds: Sequence[PuzzleScore]) -> Cell:
    return mean_interval([score.templates[template] for score in folds if template in score.templates])


def _published_table() -> Table:
    rows: list[list[Cell]] = [[setup, agent, value, solved] for agent, setup, value, solved in PUBLISHED]
    columns = [Column("setup"), Column("agent"), Column("AUCCESS"), Column(f"solved within {ATTEMPTS} attempts, %")]
    note = "For orientation only: the puzzles are not the same, the rarest ones are missing from ours."
    return Table("On the original's puzzles", columns, rows, note=note)
