"""A copy of arrays in memory of its own: the system has it back, whole, when the last of them is dropped.

Copies that come and go in the heap leave holes between what stays there, and a server grows with every snapshot.
"""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]  # Any: the arrays of a state have many types

_ALIGNED: Final = 64  # bytes
_FLAGS: Final = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS


def copied(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return copies of arrays under their names, all in one mapping that nothing else lies in."""
    starts, end = {}, 0
    for name, array in arrays.items():
        starts[name] = end
        end += -(-array.nbytes // _ALIGNED) * _ALIGNED
    room = mmap.mmap(-1, max(end, 1), flags=_FLAGS)
    return {name: _copy(array, room, starts[name]) for name, array in arrays.items()}


def _copy(array: Array, room: mmap.mmap, start: int) -> Array:
    copy: Array = np.ndarray(array.shape, array.dtype, room, start)
    copy[...] = array
    return copy
