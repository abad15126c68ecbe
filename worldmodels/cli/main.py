"""`worldmodels VERB ...`: finds the verb, runs it, and turns errors into one line."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Sequence

from worldmodels.errors import UnknownNameError, WorldModelsError

GROUP = "worldmodels.commands"
"""Entry points of this group are verbs: "module:function", called with the arguments after the verb."""

ABORTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(words)
    except WorldModelsError as error:
        print(f"worldmodels: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("worldmodels: stopped.", file=sys.stderr)
        return ABORTED
    except BrokenPipeError:  # the reader of our output, such as `head`, has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(words: list[str]) -> int:
    verbs = {point.name: point for point in importlib.metadata.entry_points(group=GROUP)}
    if not words or words[0] in ("-h", "--help", "help"):
        print(_usage(sorted(verbs)))
        return 0
    if words[0] == "--version":
        print(importlib.metadata.version("worldmodels-core"))
        return 0
    if words[0] not in verbs:
        raise UnknownNameError("verb", words[0], verbs, "worldmodels VERB --help explains one.")
    result = verbs[words[0]].load()(words[1:])
    return result if isinstance(result, int) else 0


def _usage(verbs: list[str]) -> str:
    return (
        f"usage: worldmodels {{{' | '.join(verbs)}}} [setting=value ...]\n\n"
        "Learned video world models as Gymnasium environments.\n"
        "`worldmodels VERB --help` lists a verb's settings."
    )


if __name__ == "__main__":
    sys.exit(main())
