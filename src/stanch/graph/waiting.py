"""Payments that wait to be walked, the earliest first: a heap of entries, in compiled code."""

from __future__ import annotations

from stanch.graph.purses import HEAP, State
from stanch.model.compiled import inlined


@inlined
def push(s: State, entry: int) -> None:
    """Enter an entry into the heap of those to walk, the earliest on top."""
    at = s.counters[HEAP]
    s.counters[HEAP] += 1
    s.heap[at] = entry
    while at > 0 and s.heap[(at - 1) >> 1] > s.heap[at]:
        s.heap[at], s.heap[(at - 1) >> 1] = s.heap[(at - 1) >> 1], s.heap[at]
        at = (at - 1) >> 1


@inlined
def pop(s: State) -> int:
    """Take the earliest entry from the heap, all its copies with it."""
    top = s.heap[0]
    while s.counters[HEAP] > 0 and s.heap[0] == top:
        s.counters[HEAP] -= 1
        size = s.counters[HEAP]
        s.heap[0] = s.heap[size]
        at = 0
        while True:
            child = 2 * at + 1
            if child >= size:
                break
            if child + 1 < size and s.heap[child + 1] < s.heap[child]:
                child += 1
            if s.heap[at] <= s.heap[child]:
                break
            s.heap[at], s.heap[child] = s.heap[child], s.heap[at]
            at = child
    return int(top)
