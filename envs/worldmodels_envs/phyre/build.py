"""Choose the shipped variations of each template: solvable, not trivial, diverse.

    python -m worldmodels_envs.phyre.build --out build/phyre --workers 2

Each template's layouts are taken in hashed order (`Template.layouts`) until 100 are kept; where they run out,
those left unsolved are tried again, `PASSES` times in all. With the default engine, a layout is kept when

1. it is solvable: a stable solution was found, that is a ball of whole pixels that solves it and none of
   whose 8 neighbours at +-0.5 px in x and y fails to (a neighbour may be invalid). Tried in turn: `PROBES`
   random balls; the solutions of the kept variations with the most similar parameters, where they
   were and moved along with each moving body; these with Gaussian noise; more random balls; `SEARCH` in all.
   Before a template has a kept variation, a layout gets `FIRST_SEARCH` random balls. In the templates of
   `STRICTER` a guided search of `GUIDED_SEARCH` simulations goes on from these solutions and from the failed
   balls of (2), see `search.py`. The original asks for a probability of stable solutions above 1e-5 among
   100 000 cached actions; layouts whose solutions are rarer than a search can find are lost, so ours are easier;
2. it is not trivial: fewer than 10% of its valid probes are stable solutions. Set aside, and taken only when the
   others have run out, are layouts of `EASY_SHARE` and more; in the templates of `STRICT` those that any probe
   solves, stably or not; in the templates of `STRICTER` also those that one of 128 or 512 random balls solves,
   drawn for each layout anew, since similar layouts have similar solutions, which the common probes may all miss.
   Of these two kinds the hardest are taken first. That makes up for the rare solutions lost;
3. it is diverse: with it, no probe solves more than 30 of the 100 kept. The probes are the same random balls
   for every variation of the template, and `TRANSFERS` solutions of its first ones.

The original considers the first 200 to 1000 layouts only, and applies (2) and (3) to the templates flagged
for it; we consider as many as it takes, and apply both to all. The outcome depends on the seed alone, not on
the number of workers. Each finished template leaves a file in the output folder; a second run goes on with
the rest and writes `ball.json.gz`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from worldmodels_envs.phyre.attempt import Status, attempt_balls
from worldmodels_envs.phyre.scene import Scene
from worldmodels_envs.phyre.search import Balls, Trials, guided_search, is_stable, random_balls, try_balls, whole
from worldmodels_envs.phyre.tasks import VARIATIONS, Variation, write
from worldmodels_envs.phyre.template import Parameter, Template
from worldmodels_envs.phyre.templates import TEMPLATES
from worldmodels_envs.whole import write_file

PROBES = 64
TRANSFERS = 16
SEARCH = 180
FIRST_SEARCH = 600
GUIDED_SEARCH = 160
GUIDES = 8
PASSES = 3
NOISE = 3.0
TRIVIAL_SHARE = 0.1
EASY_SHARE = 0.04
DIVERSE_SHARE = 0.3
STRICT = ("00000", "00001", "00003", "00004", "00008")
"""Templates that random balls solve too often otherwise (the original has such a list too)."""
STRICTER = {
    **dict.fromkeys(("00002", "00005", "00019"), 128),
    **dict.fromkeys(("00006", "00009", "00011", "00014", "00015"), 512),
}
"""Those of which a layout must also withstand as many random balls of its own."""

Parameters = dict[str, Parameter]


class LayoutVerdict(Enum):
    """What becomes of a layout."""

    KEPT = "kept"
    UNSOLVED = "unsolved"
    EASY = "easy"
    TRIVIAL = "trivial"
    ALIKE = "alike"


class TemplateSelection:
    """The variations of one template kept so far, and what each probe does to them."""

    def __init__(self, id: str, seed: int) -> None:
        self._template = TEMPLATES[id]
        self._own = STRICTER.get(id, 0)
        self.strict = self._own > 0 or id in STRICT
        self._rng = np.random.default_rng([seed, int(id)])
        self._probes = random_balls(PROBES, self._rng)
        self._scenes: list[Scene] = []
        self._solved = np.zeros((0, PROBES), dtype=bool)
        self.kept: list[Variation] = []
        self.withstood = 0

    def consider(self, parameters: Parameters, scene: Scene, easy: bool = False) -> LayoutVerdict:
        """Keep a layout if it is solvable, not trivial, diverse, and hard or `easy` ones are wanted too."""
        own = try_balls(scene, random_balls(self._own, self._rng)) if self._own and not easy else None
        self.withstood = 0 if own is None else len(own.values)
        if own is not None and own.solving:
            return LayoutVerdict.EASY
        statuses = attempt_balls(scene, self._probes)
        solved = statuses == Status.SOLVED
        if ((self._solved.sum(axis=0) + solved) > DIVERSE_SHARE * VARIATIONS).any():
            return LayoutVerdict.ALIKE
        if self.strict and not easy and solved[:PROBES].any():
            return LayoutVerdict.EASY
        easy_share = TRIVIAL_SHARE if easy else EASY_SHARE
        share = self._stable_share(scene, statuses[:PROBES], easy_share)
        if share >= easy_share:
            return LayoutVerdict.TRIVIAL if share >= TRIVIAL_SHARE else LayoutVerdict.EASY
        solving = self._probes[solved][::-1]
        stable = next((ball for ball in solving if is_stable(scene, ball)), None)
        solution = self._search(parameters, scene, own) if stable is None else stable
        if solution is None:
            return LayoutVerdict.UNSOLVED
        self._keep(parameters, scene, solved, solution)
        return LayoutVerdict.KEPT

    def ease(self, scene: Scene) -> int:
        """How many random probes solve a scene."""
        return int((attempt_balls(scene, self._probes[:PROBES]) == Status.SOLVED).sum())

    def _stable_share(self, scene: Scene, statuses: NDArray[np.int8], enough: float) -> float:
        """Share of the valid probes that are stable solutions; 0 where it is surely below `enough`."""
        count = max(1, int((statuses != Status.INVALID).sum()))
        solving = self._probes[:PROBES][statuses == Status.SOLVED]
        if len(solving) < enough * count:
            return 0.0
        return sum(is_stable(scene, ball) for ball in solving) / count

    def _keep(self, parameters: Parameters, scene: Scene, solved: NDArray[np.bool_], solution: Balls) -> None:
        x, y, radius = map(int, solution)
        self.kept.append(Variation(parameters, (x, y, radius)))
        self._scenes.append(scene)
        self._solved = np.vstack([self._solved, solved])
        if len(self._probes) < PROBES + TRANSFERS and not (self._probes == solution).all(axis=1).any():
            self._probes = np.vstack([self._probes, solution])
            column = [attempt_balls(kept, solution)[0] == Status.SOLVED for kept in self._scenes]
            self._solved = np.column_stack([self._solved, column])

    def _search(self, parameters: Parameters, scene: Scene, own: Trials | None) -> Balls | None:
        """A stable solution of a scene that no probe solves stably, or None."""
        if own is not None:
            return guided_search(scene, own, self._transfers(parameters, scene, GUIDES), GUIDED_SEARCH, self._rng)
        for ball in self._guesses(parameters, scene):
            if attempt_balls(scene, ball)[0] == Status.SOLVED and is_stable(scene, ball):
                return ball
        return None

    def _guesses(self, parameters: Parameters, scene: Scene) -> Iterable[Balls]:
        if not self.kept:
            return random_balls(FIRST_SEARCH, self._rng)
        share = SEARCH // 3
        both = self._transfers(parameters, scene, share // 2)[:share]
        noisy = both[np.minimum(self._rng.geometric(0.1, share) - 1, len(both) - 1)]
        noisy = noisy + self._rng.normal(0, NOISE, noisy.shape)
        return whole(np.concatenate([both, noisy, random_balls(share, self._rng)]))

    def _transfers(self, parameters: Parameters, scene: Scene, count: int) -> Balls:
        """The solutions of the `count` kept variations with the most similar parameters, as `_transfer` has them."""
        here = grid_place(self._template, parameters)
        far = [np.abs(grid_place(self._template, v.parameters) - here).sum() for v in self.kept]
        near = np.argsort(far, kind="stable")[:count]
        return np.concatenate([np.zeros((0, 3)), *(self._transfer(scene, int(index)) for index in near)])

    def _transfer(self, scene: Scene, index: int) -> Balls:
        """The solution of a kept variation, where it was and moved along with each moving body."""
        known, other = np.array(self.kept[index].solution, dtype=np.float64), self._scenes[index]
        moves = [
            np.subtract(body.position, before.position)
            for body, before in zip(scene.bodies, other.bodies, strict=False)
            if body.dynamic
        ]
        moved: Balls = known + np.pad(np.unique([np.zeros(2), *moves], axis=0), ((0, 0), (0, 1)))
        return moved


def grid_place(template: Template, parameters: Parameters) -> NDArray[np.float64]:
    """Where a choice lies in its template's grid, each parameter from 0 to 1, shape (parameter,)."""
    return np.array([v.index(parameters[k]) / max(1, len(v) - 1) for k, v in template.grid.items()])


def choose(id: str, seed: int = 0) -> tuple[list[Variation], dict[str, int]]:
    """The kept variations of a template, and how often each verdict was given."""
    selection, counts = TemplateSelection(id, seed), Counter[str]()
    layouts: Iterable[tuple[Parameters, Scene]] = TEMPLATES[id].layouts()
    easy: list[tuple[Parameters, Scene, int]] = []
    for attempt in range(PASSES + 1):
        last = attempt == PASSES
        unsolved = []
        if last:
            layouts = _hardest_first(easy, selection) if selection.strict else [row[:2] for row in easy]
        for parameters, scene in layouts:
            verdict = selection.consider(parameters, scene, last)
            counts[verdict.value] += 1
            if len(selection.kept) == VARIATIONS:
                return selection.kept, dict(counts)
            if verdict is LayoutVerdict.UNSOLVED:
                unsolved.append((parameters, scene))
            if verdict is LayoutVerdict.EASY:
                easy.append((parameters, scene, selection.withstood))
        layouts = unsolved
    return selection.kept, dict(counts)


def _hardest_first(
    easy: list[tuple[Parameters, Scene, int]], selection: TemplateSelection
) -> list[tuple[Parameters, Scene]]:
    """Layouts by the number of random probes that solve them, then by the own balls that they withstood."""
    return [row[:2] for row in sorted(easy, key=lambda row: (selection.ease(row[1]), -row[2]))]


def build(out: Path, workers: int, seed: int = 0, templates: Sequence[str] = tuple(TEMPLATES)) -> None:
    """Choose what the output folder lacks of the templates; write `ball.json.gz` there when all are done."""
    out.mkdir(parents=True, exist_ok=True)
    missing = [id for id in templates if not _part(out, id).exists()]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        started = time.monotonic()
        futures = {pool.submit(choose, id, seed): id for id in missing}
        for done, future in enumerate(as_completed(futures), 1):
            kept, counts = future.result()
            id = futures[future]
            write_file(_part(out, id), json.dumps(kept).encode())
            print(f"{id} {done}/{len(missing)} {time.monotonic() - started:.0f} s {counts}", flush=True)
    if not all(_part(out, id).exists() for id in TEMPLATES):
        return
    parts = {id: json.loads(_part(out, id).read_text(encoding="utf-8")) for id in TEMPLATES}
    write({id: [Variation(p, tuple(s)) for p, s in rows] for id, rows in parts.items()}, out / "ball.json.gz")


def _part(out: Path, id: str) -> Path:
    return out / f"{id}.json"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Choose the shipped variations of every template.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the parts and the result")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--templates", nargs="*", choices=list(TEMPLATES), default=list(TEMPLATES))
    arguments = parser.parse_args()
    build(arguments.out, arguments.workers, arguments.seed, arguments.templates)


if __name__ == "__main__":
    main()
