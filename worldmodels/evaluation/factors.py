"""Figures under each factor of variation: what still holds where colours, sizes or speeds are others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from worldmodels.errors import InputError, UnknownNameError
from worldmodels.evaluation.report.sections import Cell, Column, Table
from worldmodels.worlds import World

NOTHING = "none"
"""What a table calls episodes in which nothing varies."""


def factors_of(world: World, asked: Sequence[str]) -> tuple[str, ...]:
    """Factors of a world by name; "all" stands for all that its environment has.

    Raises:
        UnknownNameError: for one that it has not.
        InputError: for "all" where there are none.
    """
    env = world.make()
    try:
        space = getattr(env.unwrapped, "variation_space", None)
    finally:
        env.close()
    known = tuple(space.spaces) if space is not None else ()
    if tuple(asked) == ("all",):
        if not known:
            raise InputError(f"{world.id} has no factors of variation; those of worldmodels-envs have some.")
        return known
    for name in asked:
        if name not in known:
            raise UnknownNameError(f"factor of variation of {world.id}", name, known)
    return tuple(asked)


def under(world: World, factor: str) -> World:
    """The world in which that factor alone is drawn anew for each episode."""
    return replace(world, variation=(factor,))


def factor_table(found: Mapping[str, Mapping[str, Sequence[Cell]]], columns: Sequence[Column]) -> Table:
    """A row for each factor and subject.

    Args:
        found: Factor to subject, such as a checkpoint or a baseline, to its cells.
        columns: Of the cells.
    """
    rows = [[factor, subject, *cells] for factor, subjects in found.items() for subject, cells in subjects.items()]
    plain = [replace(column, higher_is_better=None) for column in columns]  # the best of all rows says nothing here
    note = "Each factor alone is drawn anew for each episode; 95% intervals over these."
    return Table("By factor of variation", [Column("factor"), Column("subject"), *plain], rows, note=note)
