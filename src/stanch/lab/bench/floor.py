"""The machine's own floor: what a durable write, a copy and a read of memory cost here, whatever runs on it."""

from __future__ import annotations

import os
from statistics import median
from time import perf_counter
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.lab.bench.bed import Bed
from stanch.lab.bench.figure import Measured
from stanch.model.compiled import kernel

_WRITES: Final = 60
_BYTES: Final = 256 * 1024
_COPIED: Final = 128 * 1024 * 1024
_COPIES: Final = 5
_PLACES: Final = 16 * 1024 * 1024
_READS: Final = 2_000_000
_SEED: Final = 5


def durable_write(bed: Bed) -> Measured:
    """Measure one durable write of the size of a batch: the least that a commit can cost."""
    body, times = os.urandom(_BYTES), []
    with (bed.folder / "floor").open("wb", buffering=0) as file:
        for _ in range(_WRITES):
            started = perf_counter()
            file.write(body)
            os.fsync(file.fileno())
            times.append(perf_counter() - started)
    return Measured("durable_write", median(times) * 1e3, "ms", note="median of 60 writes of 256 KiB with fsync")


def memory_copy(bed: Bed) -> Measured:
    """Measure how fast this machine copies memory that is in use already."""
    block, other, times = np.ones(_COPIED, dtype=np.uint8), np.ones(_COPIED, dtype=np.uint8), []
    for _ in range(_COPIES):
        started = perf_counter()
        other[:] = block
        times.append(perf_counter() - started)
    return Measured("memory_copy", _COPIED / min(times) / 1e9, "GB/s", note="best of 5 copies of 128 MiB")


def memory_read(bed: Bed) -> Measured:
    """Measure a read of memory that no cache holds and that the next one waits for, as an unknown key of a table is."""
    order, following = np.random.default_rng(_SEED).permutation(_PLACES), np.empty(_PLACES, dtype=np.int64)
    following[order] = np.roll(order, -1)
    _follow(following, 1)  # compiled before the clock starts
    times = []
    for _ in range(_COPIES):
        started = perf_counter()
        _follow(following, _READS)
        times.append(perf_counter() - started)
    note = f"best of 5 walks of {_READS:,} reads through {following.nbytes >> 20} MiB, each named by the one before"
    return Measured("memory_read", min(times) / _READS * 1e9, "ns", note=note)


@kernel
def _follow(following: npt.NDArray[np.int64], steps: int) -> int:
    at = 0
    for _ in range(steps):
        at = following[at]
    return at
