"""Settled movements as time-sorted arrays, with the list of each account's payments in and out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stanch.model.compiled import compiled
from stanch.model.errors import InputError

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Transfers:
    """Movements in order of time; ties keep the order in which they were given.

    ``src`` and ``dst`` are accounts from 0 to ``accounts`` - 1, ``at`` any integer clock, ``amount`` minor units of one
    currency. ``row`` is the place of each in the given arrays. The payments out of account ``a`` are
    ``outs[out_from[a]:out_from[a + 1]]``, in time order; likewise in.
    """

    src: Ints
    dst: Ints
    at: Ints
    amount: Ints
    row: Ints
    accounts: int
    outs: Ints
    out_from: Ints
    ins: Ints
    in_from: Ints

    def __len__(self) -> int:
        return len(self.src)


def transfers(src: Ints, dst: Ints, at: Ints, amount: Ints) -> Transfers:
    """Return movements indexed by account. Movements of an account to itself are left out.

    Raises InputError for arrays of different lengths or negative accounts.
    """
    if not len(src) == len(dst) == len(at) == len(amount):
        raise InputError("src, dst, at and amount must be of one length; give one value of each for a transfer")
    if len(src) and min(int(src.min()), int(dst.min())) < 0:
        raise InputError("accounts must be numbered from 0; leave out transfers from and to the outside")
    order = np.argsort(at, kind="stable")
    order = order[src[order] != dst[order]]
    payer, payee, moment, sum_ = (np.ascontiguousarray(each[order], np.int64) for each in (src, dst, at, amount))
    accounts = int(max(src.max(), dst.max())) + 1 if len(src) else 0
    outs, out_from = _by(payer, accounts)
    ins, in_from = _by(payee, accounts)
    return Transfers(payer, payee, moment, sum_, order.astype(np.int64), accounts, outs, out_from, ins, in_from)


@compiled
def _by(account: Ints, accounts: int) -> tuple[Ints, Ints]:
    """Return the places of each account's transfers in the order given, and where those of each account begin."""
    starts = np.zeros(accounts + 1, np.int64)
    for e in range(len(account)):
        starts[account[e] + 1] += 1
    starts = np.cumsum(starts)
    listed, place = np.empty(len(account), np.int64), starts[:-1].copy()
    for e in range(len(account)):
        listed[place[account[e]]] = e
        place[account[e]] += 1
    return listed, starts
