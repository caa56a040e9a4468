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
_READ: Final = ("settled", "returned", "cash_in", "balance", "account_opened", "listed", "unlisted")


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


def posting_codes(word: Callable[[str], int]) -> PostingCodes:
    """Return the codes of the words that postings are read by."""
    return PostingCodes(*(word(each) for each in _WORDS))


def postings(rows: Ints, kinds: Ints, codes: PostingCodes, refs: Ints | None = None) -> Postings:
    """Return the postings of events in log order.

    ``rows`` (n, matrix columns), ``kinds`` (n,) numbers of kinds, ``refs`` (n,) digests of ``ref`` or None.
    """
    number = {name: KIND_NUMBER[name] for name in _READ}
    listing = np.isin(kinds, [number["listed"], number["unlisted"]])
    wanted = np.isin(kinds, list(number.values()))
    wanted &= ~listing | (rows[:, INDEX["detail"]] == codes.pass_through)
    row = np.flatnonzero(wanted)
    found, kind = rows[row], kinds[row]
    what, way = _what(kind, number), _ways(found, kind, number, codes)
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


def _what(kind: Ints, number: dict[str, int]) -> Ints:
    what = np.full(len(kind), MOVE, dtype=np.int64)
    what[kind == number["balance"]] = BALANCE
    what[kind == number["account_opened"]] = OPENED
    what[kind == number["listed"]] = SEE_THROUGH
    what[kind == number["unlisted"]] = OPAQUE
    return what


def _ways(found: Ints, kind: Ints, number: dict[str, int], codes: PostingCodes) -> Ints:
    to, detail = found[:, INDEX["dst_kind"]], found[:, INDEX["detail"]]
    way = np.full(len(found), TRANSFER, dtype=np.int64)
    way[to == codes.merchant] = GOODS
    way[to == codes.outlet] = CASH
    way[(to == codes.institution) | (detail == codes.crypto_out)] = CRYPTO
    way[found[:, INDEX["dst"]] == NULL] = UNKNOWN
    way[kind == number["returned"]] = RETURNED
    way[kind == number["cash_in"]] = TRANSFER
    return way


def _column(rows: Ints, name: str) -> Ints:
    return np.ascontiguousarray(rows[:, INDEX[name]])
