"""The naive twin of a replay of reported money: a dictionary of deques, one payment after the other."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Final

#: Whose a parcel is that nobody reported.
CLEAN: Final = -1


def lowest(src: Sequence[int], dst: Sequence[int], amount: Sequence[int], known: dict[int, int]) -> dict[int, int]:
    """Return what each account held before, as little as its payments allow where that is not known."""
    held: dict[int, int] = defaultdict(int)
    openings: dict[int, int] = defaultdict(int)
    for payer, payee, paid in zip(src, dst, amount, strict=True):
        held[payer] -= paid
        openings[payer] = max(openings[payer], -held[payer])
        held[payee] += paid
    openings.update(known)
    return openings


def carried(
    columns: tuple[Sequence[int], Sequence[int], Sequence[int]], known: dict[int, int], reported: Sequence[int]
) -> dict[tuple[int, int], int]:
    """Return what each report has on each account in the end, by fifo: (account, report) -> minor units.

    ``reported`` are the places of payments that were reported whole, rising.
    """
    pools: dict[int, deque[tuple[int, int]]] = defaultdict(deque)
    for account, opening in lowest(*columns, known).items():
        if opening:
            pools[account].append((opening, CLEAN))
    numbers = {entry: number for number, entry in enumerate(reported)}
    victims = [columns[0][entry] for entry in reported]
    for entry, (src, dst, amount) in enumerate(zip(*columns, strict=True)):
        pool, to, left, fresh = pools[src], pools[dst], amount, numbers.get(entry, CLEAN)
        while left:
            size, whose = pool.popleft() if pool else (left, CLEAN)
            part = min(size, left)
            left -= part
            if part < size:
                pool.appendleft((size - part, whose))
            if whose != CLEAN and victims[whose] == dst:
                whose = CLEAN
            elif whose == CLEAN:
                whose = fresh
            to.append((part, whose))
    return _summed(pools)


def _summed(pools: dict[int, deque[tuple[int, int]]]) -> dict[tuple[int, int], int]:
    found: dict[tuple[int, int], int] = defaultdict(int)
    for account, pool in pools.items():
        for size, whose in pool:
            if whose != CLEAN:
                found[account, whose] += size
    return dict(found)
