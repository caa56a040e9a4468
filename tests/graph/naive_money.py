"""The naive twin of the carrying engine: Python lists of parcels, one entry after the other, openings known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from stanch.graph.report import Report

#: Whose a parcel is: the place of a report, or None for money that nobody reported.
Parcel = list[int | None]


@dataclass(frozen=True, slots=True)
class Move:
    src: int
    dst: int
    amount: int
    way: str = "transfer"


@dataclass(slots=True)
class Found:
    """What is where in the end, by report."""

    places: dict[int, dict[int, int]]
    exits: dict[int, dict[int, int]]
    returned: dict[int, int]
    reported: int
    moved: dict[int, int] = field(default_factory=dict)
    claimed: dict[int, int] = field(default_factory=dict)


def carry(moves: Sequence[Move], openings: Mapping[int, int], reports: Sequence[Report], method: str) -> Found:
    """Carry the money of reports over moves; the entry of a report is a place in ``moves``."""
    pools: dict[int, list[Parcel]] = defaultdict(list)
    exits: dict[int, dict[int, int]] = {}
    returned: dict[int, int] = defaultdict(int)
    claimed: dict[int, int] = {}
    came_to: list[int] = []  # the accounts to which reported money came, in order
    moved = {}
    order = sorted(range(len(reports)), key=lambda n: (reports[n].entry, reports[n].id))
    for account, amount in openings.items():
        pools[account].append([amount, None])
    for entry, move in enumerate(moves):
        pool = pools[move.src]
        short = move.amount - sum(n or 0 for n, _ in pool)
        if short > 0:
            pool.append([short, None])
        parts = _take(pool, move.amount, method)
        if move.way == "returned":
            theirs = [n for n in order if _pays(moves, reports[n], move.dst, entry)]
            _refund(pool, parts, theirs, method)
            for n in theirs:
                _subrogate(parts, n, theirs, [pools[account] for account in came_to], exits, method)
        old = [list(part) for part in parts]
        for n in order:
            if reports[n].entry == entry:
                claimed[n] = _claim(parts, n, reports[n].amount)
        back = [n for n in order if _pays(moves, reports[n], move.dst, entry)]
        for n in back:
            returned[n] += sum(amount or 0 for amount, whose in old if whose == n)
            parts = [[amount, None if whose == n else whose] for amount, whose in parts]
        if move.way in ("cash", "goods", "crypto"):
            exits[entry] = _sums(parts)
        else:
            if _sums(parts) and move.dst not in came_to:
                came_to.append(move.dst)
            pools[move.dst].extend(parts)
        moved[entry] = sum(_sums(parts).values()) + sum(a or 0 for a, w in old if w in back)
    places = {account: sums for account, pool in pools.items() if (sums := _sums(pool))}
    gone = {entry: {n: size for n, size in sums.items() if size} for entry, sums in exits.items()}
    left, back_ = {e: s for e, s in gone.items() if s}, {n: a for n, a in returned.items() if a}
    return Found(places, left, back_, sum(claimed.values()), moved, claimed)


def through(moves: Sequence[Move], openings: Mapping[int, int], reports: Sequence[Report], method: str) -> set[int]:
    """The accounts in which money of a backed report lay after some move: one carries on from the start each time."""
    found: set[int] = set()
    for end in range(1, len(moves) + 1):
        then = [report for report in reports if (report.entry or 0) < end]
        places = carry(moves[:end], openings, then, method).places
        found |= {account for account, sums in places.items() if any(then[n].backed for n in sums)}
    return found


def came(
    moves: Sequence[Move], openings: Mapping[int, int], reports: Sequence[Report], method: str, account: int, since: int
) -> tuple[int, int]:
    """What came into an account from the move ``since`` on, and what of it by the way of backed reports' money.

    A payment out of an account that such money went through counts whole, a reported payment for what was reported;
    but what the account had paid into such accounts, beyond what it had from them, comes back first.
    """
    channels, claimed = through(moves, openings, reports, method), carry(moves, openings, reports, method).claimed
    late = [(entry, move) for entry, move in enumerate(moves) if entry >= since]
    reported = sum(
        claimed.get(n, 0) for entry, move in late if move.dst == account and move.src not in channels
        for n, r in enumerate(reports) if r.backed and r.entry == entry
    )  # fmt: skip
    stock, own, by_way = reported, 0, 0
    for _, move in late:
        if move.src == account and move.dst in channels:
            own, stock = own + max(move.amount - stock, 0), max(stock - move.amount, 0)
        if move.dst == account and move.src in channels:
            news = max(move.amount - own, 0)
            own, stock, by_way = max(own - move.amount, 0), stock + news, by_way + news
    return sum(move.amount for _, move in late if move.dst == account), reported + by_way


def _sums(parcels: Sequence[Parcel]) -> dict[int, int]:
    sums: dict[int, int] = defaultdict(int)
    for amount, whose in parcels:
        if whose is not None and amount:
            sums[whose] += amount
    return dict(sums)


def _take(pool: list[Parcel], amount: int, method: str) -> list[Parcel]:
    if method == "proportional":
        return _take_share(pool, amount)
    taken: list[Parcel] = []
    while amount:
        parcel = pool[0 if method == "fifo" else -1]
        part = min(parcel[0] or 0, amount)
        taken.append([part, parcel[1]])
        parcel[0] = (parcel[0] or 0) - part
        amount -= part
        if not parcel[0]:
            pool.remove(parcel) if method == "fifo" else pool.pop()
    return taken if method == "fifo" else taken[::-1]


def _take_share(pool: list[Parcel], amount: int) -> list[Parcel]:
    sums: dict[int, int] = {}
    balance = sum(n or 0 for n, _ in pool)
    for size, whose in pool:  # in the order in which each report's money first came
        if whose is not None and size:
            sums[whose] = sums.get(whose, 0) + size
    total = sum(sums.values())
    moved = total * amount // balance
    parts = {whose: size * moved // total for whose, size in sums.items()}
    rest = {whose: size * moved % total for whose, size in sums.items()}
    for whose in sorted(sums, key=lambda w: -rest[w])[: moved - sum(parts.values())]:
        parts[whose] += 1
    pool[:] = [[size - parts[whose], whose] for whose, size in sums.items() if size > parts[whose]]
    pool.append([balance - amount - total + moved, None])
    taken: list[Parcel] = [[size, whose] for whose, size in parts.items() if size]
    return [*taken, [amount - moved, None]]


def _pays(moves: Sequence[Move], report: Report, account: int, entry: int) -> bool:
    """Whether the reported payment came from an account, before an entry."""
    return (report.entry or 0) < entry and moves[report.entry or 0].src == account


def _refund(pool: list[Parcel], parts: list[Parcel], theirs: Sequence[int], method: str) -> None:
    for n in theirs:
        _swap(pool, parts, n, method)


def _swap(pool: list[Parcel], parts: list[Parcel], whose: int, method: str) -> None:
    """Exchange a victim's money in the pool for nobody's money in the return."""
    order = list(reversed(pool)) if method == "lifo" else list(pool)
    for parcel in order:
        for clean in [part for part in parts if part[1] is None]:
            size = min(clean[0] or 0, parcel[0] or 0)
            if parcel[1] != whose or not size:
                continue
            _replace(pool, parcel, size, None, front=method == "fifo")
            _replace(parts, clean, size, whose, front=True)


def _subrogate(
    parts: list[Parcel],
    whose: int,
    paid_back: Sequence[int],
    pools: Sequence[list[Parcel]],
    exits: dict[int, dict[int, int]],
    method: str,
) -> None:
    """Exchange what others lose to a victim who is paid back for what is traced as the victim's elsewhere."""
    for part in [part for part in parts if part[1] is not None and part[1] not in paid_back]:
        other = part[1]
        assert other is not None
        for pool in pools:
            if method == "proportional":
                pool[:] = [*_merged(pool), *(p for p in pool if p[1] is None)]
            order = list(reversed(pool)) if method == "lifo" else list(pool)
            for parcel in order:
                size = min(part[0] or 0, parcel[0] or 0)
                if parcel[1] != whose or not size:
                    continue
                there = [p for p in pool if p[1] == other]
                if method == "proportional" and there:
                    parcel[0], there[0][0] = (parcel[0] or 0) - size, (there[0][0] or 0) + size
                else:
                    _replace(pool, parcel, size, other, front=method != "lifo")
                _replace(parts, part, size, whose, front=True)
        for sums in exits.values():
            size = min(part[0] or 0, sums.get(whose, 0))
            if size:
                sums[whose], sums[other] = sums[whose] - size, sums.get(other, 0) + size
                _replace(parts, part, size, whose, front=True)


def _merged(pool: Sequence[Parcel]) -> list[Parcel]:
    return [[size, whose] for whose, size in _sums(pool).items()]


def _replace(parcels: list[Parcel], parcel: Parcel, size: int, whose: int | None, *, front: bool) -> None:
    """Give ``size`` of a parcel, from its front or its back, to another; the parcel itself keeps the rest."""
    at = next(i for i, each in enumerate(parcels) if each is parcel)
    parcel[0] = (parcel[0] or 0) - size
    parcels.insert(at if front else at + 1, [size, whose])


def _claim(parts: list[Parcel], whose: int, wanted: int) -> int:
    found = 0
    for clean in [part for part in parts if part[1] is None]:
        size = min(clean[0] or 0, wanted - found)
        if size:
            _replace(parts, clean, size, whose, front=True)
            found += size
    parts[:] = [part for part in parts if part[0]]
    return found
