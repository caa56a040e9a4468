"""The allocator of a process that runs for months: glibc's, told to give large pieces back to the system.

Left alone, glibc takes pieces of up to 32 MB from its heaps once one of that size was freed, and a heap for each few
threads. Tables of the line that grow then leave holes between what stays. Told a size once, it keeps to it.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from typing import Final

#: Pieces from so many bytes on have a mapping of their own: above what a batch needs for a moment, again and again.
LARGE: Final = 16 << 20
#: Bytes free at the end of a heap before they go back.
_SPARE: Final = 32 << 20
#: Heaps for all threads together: one of the interpreter's at a time asks for memory.
_HEAPS: Final = 2

#: From malloc.h: the numbers by which ``mallopt`` knows what is set, and the variables by which an operator sets it.
_OPTIONS: Final = (
    (-3, LARGE, "MALLOC_MMAP_THRESHOLD_", "mmap_threshold"),
    (-1, _SPARE, "MALLOC_TRIM_THRESHOLD_", "trim_threshold"),
    (-8, _HEAPS, "MALLOC_ARENA_MAX", "arena_max"),
)


def settle(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Tell glibc its sizes, but for those that the environment sets; return which were. Nothing where it is another."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return ()
    tuned = environment.get("GLIBC_TUNABLES", "")
    wanted = [each for each in _OPTIONS if each[2] not in environment and f"malloc.{each[3]}" not in tuned]
    return tuple(name for option, value, _, name in wanted if mallopt(option, value) == 1)
