"""Hubs: accounts with so many partners that they are infrastructure - a bank's own, a till, the outside world."""

from __future__ import annotations

import numpy as np

from stanch.graph.patterns.habit import part
from stanch.graph.patterns.transfers import Ints, Transfers


def without_hubs(transfers: Transfers, share: float, least: int) -> tuple[Transfers, Ints]:
    """Return the transfers between other accounts, and the hubs: more partners than ``least`` and ``share`` of all."""
    t = transfers
    if not len(t):
        return t, np.empty(0, np.int64)
    pairs = np.unique(np.concatenate([t.src * t.accounts + t.dst, t.dst * t.accounts + t.src]))
    partners = np.bincount(pairs // t.accounts, minlength=t.accounts)
    active = int(np.count_nonzero(partners))
    hubs = np.flatnonzero(partners > max(least, share * active))
    inside = ~np.isin(t.src, hubs) & ~np.isin(t.dst, hubs)
    return part(t, np.flatnonzero(inside)), hubs
