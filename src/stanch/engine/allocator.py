"""The memory of a process that runs for months: glibc told to give large pieces back, Python what to leave alone.

Left alone, glibc takes pieces of up to 32 MB from its heaps once one of that size was freed, and a heap for each few
threads. Tables of the line that grow then leave holes between what stays. Told a size once, it keeps to it.
"""

from __future__ import annotations

import ctypes
import gc
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
#: Objects made before a search for unused cycles, and searches before a longer one: a batch makes thousands, none of
#: them in a cycle.
_CYCLES: Final = (20_000, 20, 20)


def settle(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Tell glibc its sizes, but for those that the environment sets; return which were. Nothing where it is another."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return ()
    tuned = environment.get("GLIBC_TUNABLES", "")
    wanted = [each for each in _OPTIONS if each[2] not in environment and f"malloc.{each[3]}" not in tuned]
    return tuple(name for option, value, _, name in wanted if mallopt(option, value) == 1)


def set_aside() -> None:
    """Keep the search for unused cycles away from what a home holds: it lives as long as the home, and is much.

    What an earlier home left behind is searched once more first.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_CYCLES)
