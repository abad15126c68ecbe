"""Files of others: regular ones only, and no more of them than fits."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

from worldmodels.errors import InputError

TEXT = 64 << 20
"""The most bytes of a text that is read at once."""


def check_regular(path: str | os.PathLike[str]) -> Path:
    """The path of a file, or of a link to one: a pipe would be waited for, a device never ends.

    Raises:
        InputError: for anything else.
        FileNotFoundError: where there is nothing.
    """
    if "\0" in str(path):
        raise InputError(f"{str(path)!r:.99} is no path.")
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode):
        raise InputError(f"{path} is {'a folder' if stat.S_ISDIR(mode) else 'no regular file'}, so it is not read.")
    return Path(path)


def read_regular(path: str | os.PathLike[str], most: int = TEXT) -> bytes:
    """The bytes of a regular file.

    Raises:
        InputError: for anything else, or a longer file.
        OSError: where it is missing or cannot be read.
    """
    file = check_regular(path)
    if file.stat().st_size > most:
        raise InputError(f"{file} has {file.stat().st_size:,} bytes; at most {most:,} are read.")
    with open(file, "rb") as opened:
        return opened.read(most)


def read_json(path: str | os.PathLike[str], most: int = TEXT) -> Any:
    """What a JSON file says.

    Raises:
        InputError: where it is no regular file of JSON.
        OSError: where it is missing or cannot be read.
    """
    try:
        return json.loads(read_regular(path, most).decode("utf-8"))
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, too, are ValueErrors
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is not JSON: {str(error)[:200]}.") from error
