"""One case in a fork of this process, which has everything imported: bounded in time and memory, its end looked at."""

from __future__ import annotations

import os
import re
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from worldmodels.errors import WorldModelsError

SECONDS, MEMORY = 20, 4 << 30
"""What a case may take of the processor's time, and of memory beyond what this process has."""
PATIENCE = 3
"""How many times its seconds a case may take on the clock, since others use the processor too."""
CANARY = "canary"
"""The file in its folder that a case leaves if any of its text or files is run."""
PROGRESS = re.compile(r"\d+%.*\[.*\]$")
SAID_BY_OTHERS = ("pybullet build time", "GPU available", "TPU available", "HPU available", "error: XDG_RUNTIME_DIR")


@dataclass(frozen=True)
class End:
    """How a case ended.

    Attributes:
        code: The exit code; negative for the signal that ended it.
        out: What it printed.
        err: What it printed as errors.
        late: Whether it was stopped, for it took too long.
        peak: Bytes of memory that it had at most, beyond those of the process that it was forked from.
        ran: Whether it left the canary.
    """

    code: int
    out: str
    err: str
    late: bool = False
    peak: int = 0
    ran: bool = False

    @property
    def refused(self) -> bool:
        """One line on the error stream and exit code 2."""
        lines = [line for line in self.err.splitlines() if not PROGRESS.search(line)]
        return self.code == 2 and len(lines) == 1 and lines[0].startswith("worldmodels: ") and len(lines[0]) < 2000

    @property
    def verdict(self) -> str:
        """What it counts as."""
        if self.ran:
            return "code run"
        if self.late:
            return "hang"
        if self.peak > MEMORY:
            return "memory"
        if self.refused:
            return "short of memory" if "not enough memory" in self.err else "refused"
        return "worked" if self.code in (0, 1) and "Traceback" not in self.err else "traceback"


def in_child(function: Callable[[], int], folder: Path, seconds: float = SECONDS, memory: int = MEMORY) -> End:
    """Call a function in a fork of this process, with `folder` as its working folder.

    An error of this library counts as one line and exit code 2, any other is printed as Python does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    base = _pages(1) * resource.getpagesize()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with warnings.catch_warnings():  # other threads of this process hold nothing that the child needs
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            _call(function, folder, (out.fileno(), err.fileno()), seconds, memory)
        late = not _ended(child, PATIENCE * seconds)
        if late:
            os.killpg(child, signal.SIGKILL)
        _, status, usage = os.wait4(child, 0)
        _end_group(child)
        code = os.waitstatus_to_exitcode(status)
        mark = folder / CANARY
        ran = mark.exists()
        mark.unlink(missing_ok=True)
        told = [_text(file.fileno()) for file in (out, err)]
        return End(code, *told, late or code == -signal.SIGXCPU, usage.ru_maxrss * 1024 - base, ran)


def in_interpreter(words: Sequence[str], folder: Path, seconds: float = SECONDS, memory: int = MEMORY) -> End:
    """The command line in an interpreter of its own; loading PyTorch there counts to what it takes."""
    command = [sys.executable, "-m", "worldmodels.cli.main", *(os.fsencode(word) for word in words)]

    def start() -> int:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        code = subprocess.run(command, preexec_fn=lambda: bound(seconds, memory)).returncode
        if code < 0:  # this process ends as that one did
            os.kill(os.getpid(), -code)
        return code

    return in_child(start, folder, seconds, memory)


def _call(function: Callable[[], int], folder: Path, streams: tuple[int, int], seconds: float, memory: int) -> None:
    """The child; never returns."""
    code = 1
    try:
        os.setpgid(0, 0)  # no session of its own: the scheduler would take it for another user
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, stream in enumerate(streams, start=1):
            os.dup2(stream, number)
        sys.stdout, sys.stderr = (open(n, "w", errors="backslashreplace", closefd=False) for n in (1, 2))
        bound(seconds, memory)
        warnings.simplefilter("ignore")  # those that PyTest makes errors, and nobody else
        code = function()
    except WorldModelsError as error:
        print(f"worldmodels: {error}", file=sys.stderr)
        code = 2
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    except BaseException:
        traceback.print_exc()
    finally:
        for file in (sys.stdout, sys.stderr):
            file.flush()
        os._exit(code)


def bound(seconds: float, memory: int) -> None:
    """Bound what this process may take from now on."""
    resource.setrlimit(resource.RLIMIT_AS, (_pages(0) * resource.getpagesize() + memory, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _pages(which: int) -> int:
    """Pages of this process: 0 for all that it has, 1 for those in memory."""
    return int(Path("/proc/self/statm").read_text().split()[which])


def _ended(child: int, seconds: float) -> bool:
    """Whether a process ends in time; it stays to be waited for."""
    handle = os.pidfd_open(child)
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def _end_group(child: int) -> None:
    """End what the child has left running."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            os.killpg(child, signal.SIGKILL)
        except ProcessLookupError:
            return
        time.sleep(0.01)


def _text(stream: int) -> str:
    """What was written, but for what other libraries say of themselves."""
    told = os.pread(stream, 1 << 20, 0).decode(errors="backslashreplace")
    return "".join(line for line in told.splitlines(True) if not line.startswith(SAID_BY_OTHERS))
