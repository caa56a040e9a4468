"""A made-up history in which stolen money is layered: split, gathered, passed on, between many honest payments.

Victims pay the first accounts of a gang. What comes in is passed on within hours in a few parts, level by level, to
accounts of the gang that many payments share, a few of them much busier than the others; the last level keeps it, or
spends it among the honest. How often an amount is split differs from gang to gang, so that most reports reach tens
of accounts and some reach a thousand. All numbers are start values, chosen by us.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.model.time import DAY, MINUTE

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LEVELS: Final = 5
_GANGS: Final = 600
_STOLEN: Final = 12_000
_SPAN: Final = 30 * DAY
_REST: Final = 40 * MINUTE
_SPLITS: Final = (1.4, 3.6)  # mean number of parts, from the plainest gang to the most careful one
_FEW: Final = 1.6  # most gangs are plain
_WIDTH: Final = 6  # accounts of a gang's first level; the next ones are wider by its splits
_BUSY: Final = 2.0  # how unevenly a level's accounts are used
_TAIL: Final = 1.1  # of the number of honest payments by account: few are busy, most are quiet
_MEDIAN: Final = 10_000
_LARGE: Final = 500_000
_SPREAD: Final = 1.2
_SMALLEST: Final = 100


@dataclass(frozen=True, slots=True)
class History:
    """Payments (n,) in order of time; ``stolen`` are the places of those that victims were tricked into."""

    src: Ints
    dst: Ints
    amount: Ints
    at: Ints
    stolen: Ints


@dataclass(frozen=True, slots=True)
class _Gangs:
    """For each gang how many parts it splits into on average, and where each of its levels' accounts lie."""

    splits: Floats  #: (gangs,)
    first: Ints  #: (gangs, levels + 1) places in ``accounts``
    width: Ints
    accounts: Ints


def layered(transfers: int, accounts: int, seed: int) -> History:
    """Return so many payments between so many accounts, some of them the layering of stolen money."""
    rng = np.random.default_rng(seed)
    theirs = _layering(rng, _gangs(rng, accounts), accounts)
    honest = _honest(rng, transfers - len(theirs[0]), accounts)
    src, dst, amount, at, first = (np.concatenate(pair) for pair in zip(theirs, honest, strict=True))
    order = np.argsort(at, kind="stable")
    src, dst = src[order], dst[order]
    dst = np.where(src == dst, (dst + 1) % accounts, dst)
    return History(src, dst, amount[order], at[order], np.flatnonzero(first[order]))


def _gangs(rng: np.random.Generator, accounts: int) -> _Gangs:
    low, high = _SPLITS
    splits = low + (high - low) * rng.random(_GANGS) ** _FEW
    width = np.ceil(_WIDTH * splits[:, None] ** np.arange(LEVELS + 1)).astype(np.int64)
    last = np.cumsum(width.ravel()).reshape(width.shape)
    members = rng.permutation(accounts)
    return _Gangs(splits, last - width, width, members[np.arange(int(last[-1, -1])) % accounts])


def _layering(rng: np.random.Generator, gangs: _Gangs, accounts: int) -> tuple[Ints, ...]:
    """Return the payments of victims, and what becomes of them level by level: src, dst, amount, at, whether first."""
    gang = rng.integers(0, _GANGS, _STOLEN)
    payer, amount = rng.integers(0, accounts, _STOLEN), _amounts(rng, _STOLEN, _LARGE)
    at = rng.integers(0, _SPAN, _STOLEN)
    found = []
    for level in range(LEVELS + 1):
        payee = _members(rng, gangs, gang, level)
        found.append((payer, payee, amount, at, np.full(len(gang), level == 0)))
        parts = 1 + rng.poisson(gangs.splits[gang] - 1)
        again = np.repeat(np.arange(len(gang)), parts)
        amount, kept = _split(rng, amount, again)
        again = again[kept]
        gang, payer, at = gang[again], payee[again], at[again] + rng.exponential(_REST, len(again)).astype(np.int64)
    src, dst, sums, times, first = (np.concatenate(column) for column in zip(*found, strict=True))
    return src, dst, sums, times, first


def _members(rng: np.random.Generator, gangs: _Gangs, gang: Ints, level: int) -> Ints:
    width = gangs.width[gang, level]
    place = (width * rng.random(len(gang)) ** _BUSY).astype(np.int64)
    chosen: Ints = gangs.accounts[gangs.first[gang, level] + place]
    return chosen


def _split(rng: np.random.Generator, amount: Ints, again: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return the parts that amounts are passed on in, and which of them are worth a payment."""
    weight = rng.random(len(again)) + 0.2
    whole = np.bincount(again, weight, minlength=len(amount))
    part = (amount[again] * weight / whole[again]).astype(np.int64)
    kept = part >= _SMALLEST
    return part[kept], kept


def _honest(rng: np.random.Generator, count: int, accounts: int) -> tuple[Ints, ...]:
    weight = rng.pareto(_TAIL, accounts) + 1
    edges = np.cumsum(weight) / weight.sum()
    src = np.searchsorted(edges, rng.random(count)).astype(np.int64)
    dst = rng.permutation(accounts)[np.searchsorted(edges, rng.random(count))].astype(np.int64)
    return src, dst, _amounts(rng, count, _MEDIAN), rng.integers(0, _SPAN, count), np.zeros(count, dtype=np.bool_)


def _amounts(rng: np.random.Generator, count: int, median: int) -> Ints:
    return np.maximum(rng.lognormal(np.log(median), _SPREAD, count), 1).astype(np.int64)
