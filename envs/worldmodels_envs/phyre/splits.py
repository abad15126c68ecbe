"""Which puzzles are for training, development and test: within or across templates, over ten folds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from worldmodels_envs.names import known_name
from worldmodels_envs.phyre.tasks import task_ids

FOLDS = 10
SETUPS = ("within", "cross")
TEST_SHARE = 0.2
DEVELOPMENT_SHARE = 0.2


class Split(NamedTuple):
    """Ids of the puzzles of one fold; development puzzles are 20% of the training ones and not among them."""

    train: tuple[str, ...]
    development: tuple[str, ...]
    test: tuple[str, ...]

    def among(self, ids: Collection[str]) -> Split:
        """Those of its puzzles that are among `ids`."""
        chosen = frozenset(ids)
        return Split(*(tuple(id for id in part if id in chosen) for part in self))


def split(setup: str, fold: int, ids: Sequence[str] | None = None) -> Split:
    """The fold's split of puzzles, by default of all shipped ones.

    Args:
        setup: "within" splits the variations of each template (64, 16 and 20 of each 100), "cross"
            the templates (16, 4 and 5 of the 25).
        fold: the seed, 0 to 9.
        ids: puzzles "TEMPLATE:VARIATION".
    """
    known_name(setup, SETUPS, "setup")
    if not 0 <= fold < FOLDS:
        raise ValueError(f"folds are 0 to {FOLDS - 1}; got {fold}")
    chosen = task_ids() if ids is None else tuple(ids)
    groups: dict[str, list[str]] = {}
    for id in chosen:
        groups.setdefault(id.partition(":")[0], []).append(id)
    rng = np.random.default_rng([fold, SETUPS.index(setup)])
    if setup == "cross":
        parts = _divide(sorted(groups), rng)
        return Split(*(tuple(id for name in part for id in groups[name]) for part in parts))
    divided = [_divide(sorted(group), rng) for _, group in sorted(groups.items())]
    return Split(*(tuple(id for parts in divided for id in parts[k]) for k in range(3)))


def named_part(name: str) -> tuple[str, ...]:
    """The puzzles of one part of one fold, by a name such as "within/0/train".

    Raises:
        ValueError: for another form, saying which is allowed.
    """
    setup, _, rest = name.partition("/")
    fold, _, part = rest.partition("/")
    if part not in Split._fields or not fold.isdigit():
        parts = ", ".join(Split._fields)
        raise ValueError(
            f"'{name}' is no part of a fold; parts are SETUP/FOLD/PART such as 'within/0/train', PART {parts}"
        )
    found: tuple[str, ...] = getattr(split(setup, int(fold)), part)
    return found


def _divide(items: Sequence[str], rng: np.random.Generator) -> tuple[list[str], list[str], list[str]]:
    """Items shuffled into training, development and test parts, each sorted."""
    mixed = [items[index] for index in rng.permutation(len(items))]
    test = round(TEST_SHARE * len(items))
    development = round(DEVELOPMENT_SHARE * (len(items) - test))
    return sorted(mixed[test + development :]), sorted(mixed[test : test + development]), sorted(mixed[:test])
