"""What the ledger reads from events: money that moved, balances stated, accounts opened, see-through entities named.

Instructions (``transfer``, ``cash_out``, ``crypto_out``) are never read: money moves when it settles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.features.plan import KIND_NUMBER
from stanch.graph.trace import WAYS
from stanch.model.columns import INDEX, NULL

Ints = npt.NDArray[np.int64]

#: What a posting states.
MOVE, BALANCE, OPENED, SEE_THROUGH, OPAQUE = range(5)
TRANSFER, RETURNED, CASH, CRYPTO, GOODS, UNKNOWN = range(len(WAYS))

_WORDS: Final = ("crypto_out", "outlet", "institution", "merchant", "pass_through")
_STATES: Final = {
    "settled": MOVE, "returned": MOVE, "cash_in": MOVE, "balance": BALANCE, "account_opened": OPENED,
    "listed": SEE_THROUGH, "unlisted": OPAQUE,
}  # fmt: skip
#: What an event of each kind states; -1: nothing.
_WHAT: Final = np.array([_STATES.get(name, -1) for name in KIND_NUMBER], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class PostingCodes:
    """The word codes that tell how money left."""

    crypto_out: int
    outlet: int
    institution: int
    merchant: int
    pass_through: int


@dataclass(frozen=True, slots=True)
class Postings:
    """Postings in log order as columns of equal length, NULL where a posting has no such value.

    ``row`` is the row of the batch, ``src`` and ``dst`` are entity codes, ``at`` UTC microseconds of the log's clock,
    ``amount`` minor units, ``way`` a place in ``WAYS``, ``payment`` the digest that the legs of one payment share,
    ``source`` the word code of the sender, ``ref`` the caller's digest of the event referred to.
    """

    row: Ints
    what: Ints
    src: Ints
    dst: Ints
    at: Ints
    amount: Ints
    currency: Ints
    way: Ints
    payment: Ints
    seq: Ints
    source: Ints
    ref: Ints

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Postings as the ledger enters them: ``row``, ``what`` (n,), ``notes``, ``numbers`` (n, 5).

    ``notes``: src, dst, payment, seq, ref; ``numbers``: at, amount, currency, way, source. ``entities``: all entity
    codes are below it.
    """

    row: Ints
    what: Ints
    notes: Ints
    numbers: Ints
    entities: int

    def __len__(self) -> int:
        return len(self.row)


def sheet_of(found: Postings, refs: Ints | None = None) -> Sheet:
    """Return postings laid out once for the ledger. ``refs`` replaces their ``ref`` digests."""
    ref = found.ref if refs is None else refs
    notes = np.column_stack((found.src, found.dst, found.payment, found.seq, ref))
    numbers = np.column_stack((found.at, found.amount, found.currency, found.way, found.source))
    entities = int(max(found.src.max(initial=-1), found.dst.max(initial=-1))) + 1
    return Sheet(found.row, found.what, notes, numbers, entities)


def posting_codes(word: Callable[[str], int]) -> PostingCodes:
    """Return the codes of the words that postings are read by."""
    return PostingCodes(*(word(each) for each in _WORDS))


def postings(rows: Ints, kinds: Ints, codes: PostingCodes, refs: Ints | None = None) -> Postings:
    """Return the postings of events in log order.

    ``rows`` (n, matrix columns), ``kinds`` (n,) numbers of kinds, ``refs`` (n,) digests of ``ref`` or None.
    """
    row = np.flatnonzero(_WHAT[kinds] >= 0)
    listing = _WHAT[kinds[row]] >= SEE_THROUGH
    if listing.any():
        row = row[~listing | (rows[row, INDEX["detail"]] == codes.pass_through)]
    found, kind = rows[row], kinds[row]
    what, way = _WHAT[kind], _ways(found, kind, codes)
    ref = np.full(len(row), NULL, dtype=np.int64) if refs is None else refs[row]
    return Postings(
        row=row, what=what, src=_column(found, "src"), dst=_column(found, "dst"), at=_column(found, "as_of"),
        amount=_column(found, "amount"), currency=_column(found, "currency"), way=way,
        payment=_column(found, "payment"), seq=_column(found, "seq"), source=_column(found, "source"), ref=ref,
    )  # fmt: skip


def moves(src: Ints, dst: Ints, at: Ints, amount: Ints, currency: int = 0) -> Postings:
    """Return postings of plain transfers between accounts, already in order of time."""
    nothing = np.full(len(src), NULL, dtype=np.int64)
    zero, order = np.zeros(len(src), dtype=np.int64), np.arange(len(src), dtype=np.int64)
    return Postings(
        order, zero + MOVE, src, dst, at, amount, zero + currency, zero + TRANSFER, nothing, order, nothing, nothing
    )


def stated(account: int, currency: int, at: int, amount: int) -> Postings:
    """Return the posting of one stated balance, minor units, at UTC microseconds ``at``."""
    src, dst, when, much = (np.array([value], dtype=np.int64) for value in (account, NULL, at, amount))
    one = moves(src, dst, when, much, currency)
    one.what[:] = BALANCE
    return one


def _ways(found: Ints, kind: Ints, codes: PostingCodes) -> Ints:
    to, detail = found[:, INDEX["dst_kind"]], found[:, INDEX["detail"]]
    way = np.full(len(found), TRANSFER, dtype=np.int64)
    way[to == codes.merchant] = GOODS
    way[to == codes.outlet] = CASH
    way[(to == codes.institution) | (detail == codes.crypto_out)] = CRYPTO
    way[found[:, INDEX["dst"]] == NULL] = UNKNOWN
    way[kind == KIND_NUMBER["returned"]] = RETURNED
    way[kind == KIND_NUMBER["cash_in"]] = TRANSFER
    return way


def _column(rows: Ints, name: str) -> Ints:
    return np.ascontiguousarray(rows[:, INDEX[name]])
