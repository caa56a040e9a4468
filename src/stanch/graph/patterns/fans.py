"""Fan-in and fan-out: an account has many partners within days, more than its own habit explains."""

from __future__ import annotations

import numpy as np

from stanch.graph.patterns.limits import Limits
from stanch.graph.patterns.made import made
from stanch.graph.patterns.pattern import Pattern
from stanch.graph.patterns.transfers import Ints, Transfers
from stanch.model.compiled import compiled


def fans(transfers: Transfers, limits: Limits, inward: bool) -> list[Pattern]:
    """Return fans: the most surprising window of each account, once per window of time."""
    t = transfers
    hub, partner = (t.dst, t.src) if inward else (t.src, t.dst)
    index = (t.ins, t.in_from) if inward else (t.outs, t.out_from)
    typology, parts = ("fan_in", ("payer", "collector")) if inward else ("fan_out", ("payee", "distributor"))
    setting = (limits.fan_window, limits.fan_accounts, limits.fan_surprise)
    found = []
    for low, high in _windows(partner, t.at, index, setting).tolist():
        legs = index[0][low : high + 1]
        roles = {parts[0]: partner[legs].tolist(), parts[1]: [int(hub[legs[0]])]}
        found.append(made(t, typology, roles, legs.tolist()))
    return found


@compiled
def _windows(partner: Ints, at: Ints, index: tuple[Ints, Ints], setting: tuple[int, int, float]) -> Ints:
    """Return (k, 2) first and last places of windows whose distinct partners surprise most, none overlapping.

    The surprise of k partners where m are expected is k log(k / m) - (k - m), in natural logarithms.
    """
    listed, starts = index
    window, least, surprise = setting
    found = [(0, 0) for _ in range(0)]
    if len(at) == 0:
        return np.empty((0, 2), np.int64)
    whole = max(at[-1] - at[0], 1)
    seen = np.zeros(len(starts), np.int64)
    for a in range(len(starts) - 1):
        low, size, best, best_low, best_high = starts[a], 0, 0.0, -1, -1
        for p in range(starts[a], starts[a + 1]):
            seen[partner[listed[p]]] += 1
            size += seen[partner[listed[p]]] == 1
            while at[listed[low]] < at[listed[p]] - window:
                seen[partner[listed[low]]] -= 1
                size -= seen[partner[listed[low]]] == 0
                low += 1
            others = starts[a + 1] - starts[a] - (p - low + 1)
            usual = max((others + 1.0) * window / max(whole - window, window), 0.5)
            score = size * np.log(size / usual) - (size - usual) if size > usual else 0.0
            if best_high >= 0 and low > best_high:
                found.append((best_low, best_high))
                best, best_high = 0.0, -1
            if size >= least and score >= surprise and score > best:
                best, best_low, best_high = score, low, p
        if best_high >= 0:
            found.append((best_low, best_high))
        for p in range(low, starts[a + 1]):
            seen[partner[listed[p]]] = 0
    out = np.empty((len(found), 2), np.int64)
    for k in range(len(found)):
        out[k, 0], out[k, 1] = found[k]
    return out
