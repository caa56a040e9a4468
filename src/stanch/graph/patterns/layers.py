"""Gather-scatter, scatter-gather and stack: accounts that keep the same share and are joined by their payments."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from stanch.graph.patterns.limits import Limits
from stanch.graph.patterns.made import by_ends
from stanch.graph.patterns.passing import common_shares, passed_on, passings
from stanch.graph.patterns.pattern import Pattern
from stanch.graph.patterns.transfers import Ints, Transfers
from stanch.graph.patterns.union import grouped

#: The parts of a layered pattern.
PARTS = ("source", "passing", "sink")


def layers(transfers: Transfers, limits: Limits) -> tuple[list[Pattern], int, tuple[float, ...]]:
    """Return layered patterns, how many searches were cut short, and the shares that are commonly sent on."""
    received, sent, cut = passed_on(transfers, limits.pass_window, limits.pairs)
    shares = common_shares(transfers, received, sent, limits.kept_most)
    found: list[Pattern] = []
    for share in shares:
        runs, more = passings(transfers, share, limits)
        cut += more
        found += _joined(transfers, runs, limits)
    return found, cut, shares


def _joined(transfers: Transfers, runs: Ints, limits: Limits) -> list[Pattern]:
    """Join passings that share a leg, a source or a sink near in time; keep those that chance does not explain."""
    sets = [_legs(transfers, run) for run in runs]
    one, other = _links(transfers, sets, limits.pass_window)
    group = grouped(len(sets), one, other)
    found = []
    for first in np.unique(group):
        members = np.flatnonzero(group == first)
        kept = [sets[k] for k in members]
        if len({int(runs[k, 0]) for k in members}) > 1 or _simple(kept):
            legs = [leg for ins, outs in kept for leg in (*ins, *outs)]
            found.append(by_ends(transfers, _named(transfers, kept), legs, PARTS))
    return found


def _legs(transfers: Transfers, run: Ints) -> tuple[tuple[int, ...], tuple[int, ...]]:
    _, i0, i1, o0, o1 = run.tolist()
    return tuple(transfers.ins[i0 : i1 + 1].tolist()), tuple(transfers.outs[o0 : o1 + 1].tolist())


def _simple(sets: list[tuple[tuple[int, ...], tuple[int, ...]]]) -> bool:
    """Return whether the only passing is so short that few runs could have met the share by chance."""
    return min(len(ins) + len(outs) for ins, outs in sets) <= 2


def _links(transfers: Transfers, sets: list[tuple[tuple[int, ...], tuple[int, ...]]], window: int) -> tuple[Ints, Ints]:
    """Return pairs of passings that belong together: one's leg out is the other's in, or ends meet in the window."""
    places: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for k, (ins, outs) in enumerate(sets):
        keys = {("leg", leg): leg for leg in (ins[-1:] + ins[:-1] + outs)}
        keys |= {("from", int(transfers.src[leg])): leg for leg in ins}
        keys |= {("to", int(transfers.dst[leg])): leg for leg in outs}
        for key, leg in keys.items():
            places.setdefault(key, []).append((int(transfers.at[leg]), k))
    pairs = [
        (a[1], b[1])
        for listed in places.values()
        for ordered in [sorted(listed)]
        for a, b in pairwise(ordered)
        if b[0] - a[0] <= window
    ]
    both = np.array(pairs, np.int64).reshape(-1, 2)
    return both[:, 0].copy(), both[:, 1].copy()


def _named(transfers: Transfers, sets: list[tuple[tuple[int, ...], tuple[int, ...]]]) -> str:
    """Name the shape: one account that gathers, several that meet again, else layers."""
    received = {leg for ins, _ in sets for leg in ins}
    sent = {leg for _, outs in sets for leg in outs}
    between = {int(transfers.dst[leg]) for leg in received}
    sinks = {int(transfers.dst[leg]) for leg in sent} - between
    if received & sent:
        return "stack"
    if len(between) > 1 and len(sinks) < len(between):
        return "scatter_gather"
    if len(sinks) >= len(between):
        return "gather_scatter" if len(sinks) > 1 else "stack"
    return "stack"
