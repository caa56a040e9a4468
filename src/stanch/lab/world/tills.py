"""Tills: how far below zero each account would fall if it had held nothing on day 0, so that the register covers it."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.clock import Ints
from stanch.lab.world.diary import NOTHING, Rows
from stanch.lab.world.names import Names

#: Kinds that move money, and the ones that only bring some.
_MOVES: Final = ("settled", "returned", "cash_in")


class Tills:
    """Running balances by code of the account, and the lowest each ever was (minor units). One owner, the world."""

    def __init__(self, names: Names) -> None:
        self._moves = names.words(_MOVES)
        self._told = names.word("balance")
        self._now = np.zeros(0, dtype=np.int64)
        self._lowest = np.zeros(0, dtype=np.int64)

    def see(self, rows: Rows, entities: int) -> None:
        """Take note of the money that moved in one day's rows, in the order in which it did."""
        self._grow(entities)
        those = np.flatnonzero(np.isin(rows["kind"], self._moves))
        who = np.concatenate([rows["src"][those], rows["dst"][those]]).astype(np.int64)
        amount = np.concatenate([-rows["amount"][those], rows["amount"][those]])
        order = np.lexsort((amount, np.tile(rows["happened"][those], 2), who))
        self._move(*(values[order[who[order] != NOTHING]] for values in (who, amount)))

    def cover(self, rows: Rows) -> Rows:
        """Return the register with balances that pay for all that is spent: each is higher by what was missing."""
        told = np.flatnonzero(rows["kind"] == self._told)
        amount = rows["amount"].copy()
        amount[told] -= self._lowest[rows["src"][told]]
        return rows | {"amount": amount}

    def _move(self, who: Ints, amount: Ints) -> None:
        """Move money: rows of one account stand together, oldest first."""
        if not len(who):
            return
        running = np.cumsum(amount)
        begin = np.flatnonzero(np.diff(who, prepend=NOTHING))
        before = running[begin] - amount[begin]
        account = who[begin]
        lowest = np.minimum.reduceat(running, begin) - before + self._now[account]
        np.minimum.at(self._lowest, account, lowest)
        self._now[account] += np.add.reduceat(amount, begin)

    def _grow(self, entities: int) -> None:
        more = np.zeros(entities - len(self._now), dtype=np.int64)
        self._now, self._lowest = np.concatenate([self._now, more]), np.concatenate([self._lowest, more])
