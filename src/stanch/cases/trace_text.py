"""A trace as JSON for programs, and as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from stanch.cases.markup import interval, lasting, moment, money
from stanch.cases.view import EXITS, PARTS, OrderSum, Party, TraceView, briefed, by_key, named_reports, nothing_more
from stanch.cases.words import en, zh

_BAR: Final = 40


def trace_json(view: TraceView) -> str:
    """Return the view and what became of the money as JSON, one object."""
    plain = msgspec.to_builtins(view)
    return msgspec.json.format(msgspec.json.encode({"parts": view.parts, **plain})).decode()


def trace_lines(view: TraceView) -> tuple[str, ...]:
    """Return what a person needs to see first, in the language of the view, for a terminal of 100 columns."""
    view = briefed(view)
    if not view.found:
        return (_lead(view, "lead_unpaid"),)
    return (*_summary(view), "", *_holdable(view), "", *_accounts(view), "", *_exits(view), *_notes(view))


def _say(view: TraceView, key: str) -> str:
    return zh(key) if view.language == "zh" else en(key)


def _summary(view: TraceView) -> Iterator[str]:
    yield _lead(view, "lead")
    if view.method == "poison":
        yield _say(view, "poison_note")
    total = sum(view.parts.values()) or 1
    for part in PARTS:
        amount = view.parts[part]
        if amount:
            bar = "█" * max(round(_BAR * amount / total), 1)
            yield f"{money(amount, view.currency):>22}  {amount / total:>4.0%}  {_say(view, part)}  {bar}"


def _lead(view: TraceView, key: str) -> str:
    return _say(view, key).format(
        reported=money(view.reported, view.currency), alleged=money(view.alleged, view.currency),
        reports=named_reports(view), now=moment(view.now, view.ahead),
        after=lasting(view.now - view.reported_at, view.language),
    )  # fmt: skip


def _holdable(view: TraceView) -> Iterator[str]:
    yield _say(view, "now_holdable")
    for at, party in enumerate(view.holdable, 1):
        amount = money(party.parts["holdable"], view.currency)
        yield f"{at:>3}. {amount:>18}  {party.name}  {party.bank}  {_orders(view, party)}"
    if not view.holdable:
        yield "  " + _say(view, nothing_more(view))


def _orders(view: TraceView, party: Party) -> str:
    return "; ".join(_order(view, order) for order in party.sums) or _say(view, "no_order")


def _order(view: TraceView, order: OrderSum) -> str:
    alone = f", {_say(view, 'alone')}" if order.alone else ""
    return f"{_say(view, order.word)} {money(order.amount, view.currency)}: {_say(view, order.state)}{alone}"


def _accounts(view: TraceView) -> Iterator[str]:
    yield _say(view, "all_accounts")
    accounts = (party for party in view.parties if party.role == "account")
    for party in sorted(accounts, key=lambda party: (party.hop, party.since, party.key)):
        sits = interval(party.low, party.high, view.currency) if party.high else "–"
        yield f"{party.hop:>3}  {moment(party.since, view.ahead)}  {party.name}  {party.bank}  {sits}"


def _exits(view: TraceView) -> Iterator[str]:
    names = by_key(view.parties)
    gone = [flow for flow in view.flows if flow.way in EXITS]
    if gone:
        yield _say(view, "exits")
    for flow in gone:
        amount = money(flow.traced, view.currency)
        yield f"     {moment(flow.at, view.ahead)}  {names[flow.src].name}  {_say(view, flow.way)}  {amount}"


def _notes(view: TraceView) -> Iterator[str]:
    if not view.complete:
        yield _say(view, "cut")
    if view.alleged:
        yield _say(view, "alleged").format(amount=money(view.alleged, view.currency))
