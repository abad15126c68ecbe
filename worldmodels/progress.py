"""`Progress`: how far long work is and how long it will take, on a terminal or in a log."""

from __future__ import annotations

import sys
from typing import Any

from tqdm import tqdm

LINE_SECONDS = 10.0
_LINE = "{desc}: {percentage:3.0f}% {n_fmt}/{total_fmt} {unit}s [{elapsed}<{remaining}, {rate_fmt}{postfix}]"


class Progress(tqdm):  # type: ignore[misc]
    """A bar on a terminal; where the output is none, a line every ten seconds, the last one when the work ends.

    Args:
        work: What to iterate over; None where `update` is called instead.
        label: What is being done.
        total: How many units there are; by default the length of `work`.
        unit: One of them, such as "episode".
        done: How many were done before.
        show: Whether to show anything.
        **options: More of tqdm's.
    """

    def __init__(
        self,
        work: Any = None,
        label: str = "",
        total: int | None = None,
        *,
        unit: str = "step",
        done: int = 0,
        show: bool = True,
        **options: Any,
    ) -> None:
        settings = {"desc": label, "total": total, "unit": unit, "initial": done, "disable": not show, **options}
        file = settings.setdefault("file", sys.stderr)
        self._in_lines, self._leaves = file is None or not file.isatty(), options.get("leave", True)
        if self._in_lines:
            # miniters=1: the clock alone decides when the next line is due.
            settings |= {"mininterval": LINE_SECONDS, "delay": LINE_SECONDS, "miniters": 1}
        super().__init__(work, dynamic_ncols=True, **settings)
        if self._in_lines and self.total is not None:
            self.bar_format = _LINE

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        """Show where the work is: tqdm's own way, or as a line of its own."""
        if not self._in_lines:
            return bool(super().display(msg, pos))
        if msg != "":
            self.fp.write(f"{self if msg is None else msg}\n")
            self.fp.flush()
        return False  # nothing stays on the screen that tqdm would have to clear

    def close(self) -> None:
        """Leave the last state behind."""
        if self._in_lines and not self.disable:
            if self._leaves and (self.n != self.last_print_n or self.n == self.initial):
                self.display()
            self.leave = False
        super().close()
