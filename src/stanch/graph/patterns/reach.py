"""Reach: which accounts money can have come through on its way from one account to another, strictly in time order.

The time between is cut at one moment. What the first account reaches up to it, and what reaches the last account after
it, grow far less than what either reaches over the whole time; only what lies on both is followed further.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.graph.patterns.paths import ON, OTHER, RANK, Places
from stanch.graph.patterns.transfers import Ints
from stanch.model.compiled import compiled, inlined

#: Columns of an account's labels. Ahead: the transfer they hold for, the earliest rank at which money of its payee
#: arrives, the first place in ``outs`` seen. Back: the transfer they hold for, the latest rank at which money leaves
#: that reaches its payer, the first place in ``ins`` seen. Then where its legs in begin and its legs out end.
AHEAD: Final = 0
EARLIEST: Final = 1
SEEN_OUT: Final = 2
BACK: Final = 3
LATEST: Final = 4
SEEN_IN: Final = 5
BEGIN: Final = 6
END: Final = 7

_NEVER: Final = 2**31 - 1


@compiled
def labels(in_from: Ints, out_from: Ints) -> Places:
    """Return (accounts, 8) labels that hold for no transfer yet; they are outdated, never cleared."""
    label = np.zeros((len(in_from) - 1, 8), np.int32)
    for a in range(len(label)):
        label[a, AHEAD], label[a, BACK] = -1, -1
        label[a, BEGIN], label[a, END] = in_from[a], out_from[a + 1]
    return label


@inlined
def reach_ahead(  # noqa: PLR0913 compiled: arrays one by one
    outs: Places, label: Places, queue: Places, e: int, last: int, until: int, most: int
) -> int:
    """Label what ``queue[0]`` reaches by legs up to rank ``until``, not through ``last``; return the legs looked at."""
    waiting, head, work = 1, 0, 0
    label[queue[0, 0], SEEN_OUT] = label[queue[0, 0], END]
    while head < waiting and work < most:
        x, p = queue[head, 0], queue[head, 1]
        head += 1
        stop = label[x, SEEN_OUT]
        label[x, SEEN_OUT] = min(p, stop)
        while p < stop and outs[p, RANK] <= until and work < most:
            work += 1
            y, rank = outs[p, OTHER], outs[p, RANK]
            if label[y, AHEAD] != e:
                label[y, AHEAD], label[y, EARLIEST], label[y, SEEN_OUT] = e, _NEVER, label[y, END]
            if rank < label[y, EARLIEST]:
                label[y, EARLIEST] = rank
                if y != last:
                    queue[waiting, 0], queue[waiting, 1] = y, outs[p, ON]
                    waiting += 1
            p += 1
    return work


@inlined
def reach_back(  # noqa: PLR0913 compiled: arrays one by one
    ins: Places, label: Places, queue: Places, e: int, first: int, after: int, most: int
) -> tuple[int, int]:
    """Label what reaches ``queue[0]`` by legs after rank ``after``; return how many are queued and legs looked at."""
    waiting, head, work = 1, 0, 0
    label[queue[0, 0], SEEN_IN] = label[queue[0, 0], BEGIN]
    while head < waiting and work < most:
        x, p = queue[head, 0], queue[head, 1]
        head += 1
        stop = label[x, SEEN_IN]
        label[x, SEEN_IN] = max(p, stop)
        while p > stop and ins[p - 1, RANK] > after and work < most:
            p -= 1
            work += 1
            y, rank = ins[p, OTHER], ins[p, RANK]
            if label[y, BACK] != e:
                label[y, BACK], label[y, LATEST], label[y, SEEN_IN] = e, -1, label[y, BEGIN]
            if rank > label[y, LATEST]:
                label[y, LATEST] = rank
                if y != first:
                    queue[waiting, 0], queue[waiting, 1] = y, ins[p, ON]
                    waiting += 1
    return waiting, work


@inlined
def meeting(label: Places, back: Places, queued: int, queue: Places, e: int) -> int:
    """Queue the accounts reached from both sides, to go on from; return how many. The payer ``back[0]`` ends paths."""
    waiting = 0
    for k in range(1, queued):
        x = back[k, 0]
        if label[x, AHEAD] == e:
            queue[waiting, 0], queue[waiting, 1] = x, label[x, SEEN_OUT]
            waiting += 1
    for k in range(waiting):
        label[queue[k, 0], SEEN_OUT] = label[queue[k, 0], END]
    return waiting


@inlined
def reach_across(  # noqa: PLR0913 compiled: arrays one by one
    outs: Places, label: Places, queue: Places, waiting: int, e: int, last: int, after: int, most: int
) -> int:
    """Label what is reached ahead after rank ``after`` and reaches ``last``; return the legs looked at."""
    head, work = 0, 0
    while head < waiting and work < most:
        x, p = queue[head, 0], queue[head, 1]
        head += 1
        stop = label[x, SEEN_OUT]
        label[x, SEEN_OUT] = min(p, stop)
        while p < stop and outs[p, RANK] <= label[x, LATEST] and work < most:
            work += 1
            y, rank = outs[p, OTHER], outs[p, RANK]
            if rank > after and label[y, BACK] == e and label[y, LATEST] > rank:
                if label[y, AHEAD] != e:
                    label[y, AHEAD], label[y, EARLIEST], label[y, SEEN_OUT] = e, _NEVER, label[y, END]
                if rank < label[y, EARLIEST]:
                    label[y, EARLIEST] = rank
                    if y != last:
                        queue[waiting, 0], queue[waiting, 1] = y, outs[p, ON]
                        waiting += 1
            p += 1
    return work
