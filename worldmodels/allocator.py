"""`keep_freed_memory`: large tensors that are made again at every step cost no visit to the kernel."""

from __future__ import annotations

import ctypes
import os
from functools import cache

# From glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST = 2**31 - 1
_BLOCK = 2**30
_SHARE = 4


@cache
def keep_freed_memory() -> bool:
    """Let glibc keep what is freed, up to a quarter of the machine's memory, rather than give it back at once.

    By default it maps every block above 32 MiB anew, and the kernel clears each page again: imagining 3200 rollouts of
    a small convolutional model spent more than half of its time there. Settings of the environment
    (`MALLOC_MMAP_THRESHOLD_`, `MALLOC_TRIM_THRESHOLD_`, `GLIBC_TUNABLES`) are left as they are.

    Returns:
        Whether the allocator was told; `False` for another one than glibc's.
    """
    if any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, AttributeError, ValueError, TypeError):
        return False  # musl, macOS and Windows have none
    kept = min(memory // _SHARE, _LARGEST)
    return bool(mallopt(_MMAP_THRESHOLD, min(_BLOCK, kept)) and mallopt(_TRIM_THRESHOLD, kept))
