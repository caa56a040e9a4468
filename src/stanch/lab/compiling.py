"""Compiling on both cores: what follows money is compiled by a second process while the first compiles the line.

What is compiled lands in the cache on disk, so that the first process only loads it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from stanch.graph.ledger import Ledger
from stanch.graph.postings import Postings, moves, stated
from stanch.graph.report import Report
from stanch.graph.taint import Taint
from stanch.graph.tracing import trace

Ints = npt.NDArray[np.int64]

_VICTIM, _MULE, _NEXT, _LAST, _CURRENCY = range(5)


@contextmanager
def compiling_beside() -> Iterator[None]:
    """Compile what follows money in a process of its own while the block runs, and wait for it at the end."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):  # noqa: S603 ourselves
        yield


def compile_following() -> None:
    """Follow one reported payment over three accounts, live and by a trace, forward and back."""
    ledger = Ledger()
    taint = Taint(ledger)
    ledger.append(stated(_MULE, _CURRENCY, 1, 500))
    paid = np.array([[_VICTIM, _MULE, 2, 100], [_MULE, _NEXT, 3, 80], [_NEXT, _LAST, 4, 60], [_NEXT, _VICTIM, 5, 10]])
    ledger.append(_paid(paid))
    entry = ledger.find_payment(_MULE, None, 100, 10)
    report = Report(6, _VICTIM, _MULE, 100, _CURRENCY, 6, entry, backed=True)
    taint.report(report)
    taint.follow()
    taint.places(_CURRENCY)
    taint.whose(_NEXT, _CURRENCY)
    taint.came(_NEXT, _CURRENCY, 0)
    through = np.array(sorted(taint.through()), dtype=np.int64)
    taint.received(through, _CURRENCY)
    taint.rings(_CURRENCY, through, np.ones(len(through), dtype=np.int64))
    taint.carried(_NEXT, _CURRENCY, 5)
    ledger.append(_paid(paid[1:3]))
    taint.follow()
    trace(ledger, [report])


def _paid(rows: Ints) -> Postings:
    src, dst, at, amount = np.ascontiguousarray(rows.T)
    return moves(src, dst, at, amount, _CURRENCY)


if __name__ == "__main__":
    compile_following()
