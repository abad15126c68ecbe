"""`worldmodels VERB ...`: finds the verb, runs it, and turns errors into one line."""

from __future__ import annotations

import importlib.metadata
import os
import sys
import traceback
from collections.abc import Sequence

from worldmodels.errors import PluginFault, WorldModelsError
from worldmodels.plugins.points import COMMANDS, calling, find, installed, load
from worldmodels.whole import reason

ABORTED, FAULT = 130, 70
"""Exit codes: stopped by Ctrl-C, and a fault of the program rather than of what it was given."""
SHOW = "WORLDMODELS_TRACEBACK"
"""The environment variable that, set to anything, shows where an error comes from."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(words)
        sys.stdout.flush()  # a full disk tells so here rather than when the interpreter ends
        return code
    except BrokenPipeError:  # the reader of our output, such as `head`, has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return _tell("stopped.", ABORTED)
    except Exception as error:
        if SHOW in os.environ:
            traceback.print_exc()
        return _explain(error)


def _explain(error: Exception) -> int:
    """One line for an error, and its exit code."""
    match error:
        case PluginFault():
            return _tell(f"{error}. It is a fault of that program; {SHOW}=1 shows where.", FAULT)
        case WorldModelsError():
            return _tell(str(error), 2)
        case OSError():
            place = f"{error.filename!s:.200}: " if error.filename else ""
            return _tell(f"{place}{reason(error)}.", 2)
        case MemoryError():
            return _tell("there is not enough memory for these settings; ask for less at once.", 2)
    raise error


def _tell(message: str, code: int) -> int:
    print(f"worldmodels: {' '.join(message.split())}", file=sys.stderr)
    return code


def _run(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        print(_usage(sorted(installed(COMMANDS))))
        return 0
    if words[0] == "--version":
        print(importlib.metadata.version("worldmodels-core"))
        return 0
    found = find(COMMANDS, words[0], "worldmodels VERB --help explains one.")
    verb = load(found)
    with calling(found):
        result = verb(words[1:])
    return result if isinstance(result, int) else 0


def _usage(verbs: list[str]) -> str:
    return (
        f"usage: worldmodels {{{' | '.join(verbs)}}} [setting=value ...]\n\n"
        "Learned video world models as Gymnasium environments.\n"
        "`worldmodels VERB --help` lists a verb's settings."
    )


if __name__ == "__main__":
    sys.exit(main())
