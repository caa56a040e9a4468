"""From a trace to its view: codes become labels that the caller gives, masked; nothing else is added."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stanch.cases.view import EXITS, Flow, OrderLine, Party, TraceView
from stanch.graph.trace import Place, Trace


@dataclass(frozen=True, slots=True)
class Labels:
    """What a view tells beyond the trace. Names must be masked already; accounts are entity codes.

    ``name`` and ``bank`` are asked for every party; ``plan`` lists accounts in the order of the hold plan.
    """

    name: Callable[[int], str]
    bank: Callable[[int], str]
    reports: tuple[str, ...]
    currency: str
    reported_at: int
    now: int
    held: Mapping[int, int] = field(default_factory=dict)
    delayed: Mapping[int, int] = field(default_factory=dict)
    essential: frozenset[int] = frozenset()
    orders: Mapping[int, tuple[OrderLine, ...]] = field(default_factory=dict)
    plan: tuple[int, ...] = ()
    ahead: int = 0
    language: str = "en"


def view_of(trace: Trace, labels: Labels) -> TraceView:
    """Return the view of a trace."""
    flows = tuple(
        Flow(m.src, m.dst, m.at, m.hop, m.way, m.amount, m.traced, m.low, m.high) for m in trace.movements if m.traced
    )
    return TraceView(
        labels.reports, trace.method, labels.currency, labels.reported_at, labels.now, trace.reported, trace.alleged,
        trace.returned, _parties(trace, flows, labels), flows, trace.reached, trace.complete,
        labels.ahead, labels.language,
    )  # fmt: skip


def _parties(trace: Trace, flows: tuple[Flow, ...], labels: Labels) -> tuple[Party, ...]:
    places = {place.account: place for place in trace.places}
    hops, since = {place.account: place.hop for place in trace.places}, {p.account: p.since for p in trace.places}
    for flow in flows:
        if flow.way not in EXITS and flow.way != "returned":
            hops[flow.dst] = min(hops.get(flow.dst, flow.hop), flow.hop)
            since[flow.dst] = min(since.get(flow.dst, flow.at), flow.at)
    outside = {flow.dst: flow for flow in flows if flow.dst not in hops}
    victims = {flow.src: flow for flow in flows if flow.src not in hops}
    return (
        *(Party(code, "victim", labels.name(code), labels.bank(code), 0, flow.at) for code, flow in victims.items()),
        *(_account(code, hop, since[code], places.get(code), labels) for code, hop in hops.items()),
        *(Party(code, "exit", labels.name(code), labels.bank(code), flow.hop, flow.at)
          for code, flow in outside.items() if code not in victims),
    )  # fmt: skip


def _account(code: int, hop: int, since: int, place: Place | None, labels: Labels) -> Party:
    traced, low, high = (place.traced, place.low, place.high) if place is not None else (0, 0, 0)
    rank = labels.plan.index(code) + 1 if code in labels.plan else None
    return Party(
        code, "account", labels.name(code), labels.bank(code), hop, since, traced, low, high,
        labels.held.get(code, 0), labels.delayed.get(code, 0), code in labels.essential, rank,
        labels.orders.get(code, ()),
    )  # fmt: skip
