"""Habit: who pays whom again and again over months is an ordinary relation, and no pattern is built on it."""

from __future__ import annotations

import numpy as np

from stanch.graph.patterns.transfers import Transfers, transfers


def passing_acquaintance(all_of: Transfers, longest: int) -> Transfers:
    """Return the transfers of pairs that paid each other, in one direction, within ``longest`` and never else."""
    t = all_of
    pair = t.src * t.accounts + t.dst
    order = np.argsort(pair, kind="stable")  # in a pair the order of time is kept
    ordered, at = pair[order], t.at[order]
    begins = np.flatnonzero(np.diff(ordered, prepend=-1))
    ends = np.append(begins[1:], len(ordered)) - 1 if len(ordered) else begins
    short = np.repeat(at[ends] - at[begins] <= longest, ends - begins + 1)
    return part(t, np.sort(order[short]))


def part(all_of: Transfers, places: np.typing.NDArray[np.int64]) -> Transfers:
    """Return some of the transfers, with their rows as given at first; ``places`` in rising order."""
    t = all_of
    some = transfers(t.src[places], t.dst[places], t.at[places], t.amount[places])
    return Transfers(
        some.src, some.dst, some.at, some.amount, t.row[places][some.row],
        some.accounts, some.outs, some.out_from, some.ins, some.in_from,
    )  # fmt: skip
