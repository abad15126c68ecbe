"""Agreement of an engine with verdicts recorded from the original simulator.

    python -m worldmodels_envs.phyre.verdicts VERDICTS.json.gz

prints, for each engine, the confusion table and the position errors. A verdict is a level with `solved` and
`positions`: `{step: [[x, y, angle], ...]}`, where step s is the pose after s + 1 steps of the clock.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from worldmodels_envs.phyre.level import scene_from_json
from worldmodels_envs.phyre.simulation import ENGINES, MAX_STEPS, make_simulation, simulate

STEPS = (30, 60, 120, 300)


class Agreement(NamedTuple):
    """How far an engine agrees with recorded verdicts.

    Attributes:
        engine: its name.
        share: of verdicts that agree.
        confusion: counts [recorded unsolved, solved][ours unsolved, solved], shape (2, 2).
        errors: median distance in pixels of the moving bodies at each recorded step.
        wrong: ids of the cases that disagree.
    """

    engine: str
    share: float
    confusion: NDArray[np.int64]
    errors: dict[int, float]
    wrong: tuple[str, ...]


def load_verdicts(path: str | Path) -> list[dict[str, Any]]:
    """The recorded cases of a gzipped JSON list."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        cases: list[dict[str, Any]] = json.load(file)
    return cases


def agreement(cases: Sequence[Mapping[str, Any]], engine: str) -> Agreement:
    """Run every case by the engine and compare verdicts and positions."""
    confusion = np.zeros((2, 2), dtype=np.int64)
    distances: dict[int, list[NDArray[np.float64]]] = {step: [] for step in STEPS}
    wrong = []
    for case in cases:
        solved = simulate(scene_from_json(case), engine).solved
        confusion[int(case["solved"]), int(solved)] += 1
        if solved != case["solved"]:
            wrong.append(case["id"])
        for step, distance in position_errors(case, engine).items():
            distances[step].append(distance)
    errors = {step: float(np.median(np.concatenate(d))) for step, d in distances.items() if d}
    return Agreement(engine, float(np.trace(confusion) / len(cases)), confusion, errors, tuple(wrong))


def position_errors(case: Mapping[str, Any], engine: str) -> dict[int, NDArray[np.float64]]:
    """Distance in pixels (body,) of each moving body from the recorded place, by recorded step."""
    simulation = make_simulation(scene_from_json(case), engine)
    moving = np.array([body.dynamic for body in simulation.scene.bodies])
    errors = {}
    for step in sorted(int(step) for step in case["positions"]):
        simulation.advance(min(step + 1, MAX_STEPS) - simulation.time)
        if simulation.time < step + 1:
            break
        recorded = np.array(case["positions"][str(step)])[moving]
        errors[step] = np.linalg.norm(simulation.poses()[moving, :2] - recorded[:, :2], axis=1)
    return errors


def report(result: Agreement) -> str:
    """The agreement as a few lines of text."""
    table = result.confusion
    errors = ", ".join(f"{step}: {error:.3f}" for step, error in result.errors.items())
    return "\n".join(
        [
            f"{result.engine}: {100 * result.share:.1f}% of {table.sum()} verdicts agree",
            "                      ours unsolved  ours solved",
            f"  recorded unsolved {table[0, 0]:15d} {table[0, 1]:12d}",
            f"  recorded solved   {table[1, 0]:15d} {table[1, 1]:12d}",
            f"  median position error in px at step {errors}",
        ]
    )


def main() -> None:
    """Print the agreement of the asked engines."""
    parser = argparse.ArgumentParser(description="Agreement of the engines with recorded verdicts.")
    parser.add_argument("verdicts", type=Path, help="gzipped JSON list of recorded cases")
    parser.add_argument("--engine", choices=list(ENGINES), nargs="*", default=list(ENGINES))
    arguments = parser.parse_args()
    for engine in arguments.engine:
        print(report(agreement(load_verdicts(arguments.verdicts), engine)))


if __name__ == "__main__":
    main()
