"""Inquiries: where the money of a report is, or of a payment that nobody has reported yet, asked of a home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from stanch.cases.view import OrderLine, TraceView
from stanch.cases.viewing import Labels, view_of
from stanch.decide.orders import HOLDS
from stanch.engine.home import Home
from stanch.graph.report import Report
from stanch.graph.trace import METHODS, Trace
from stanch.graph.tracing import trace_among
from stanch.intake.identifiers import pseudonym_of
from stanch.model.errors import InputError
from stanch.privacy.masks import mask

#: The openings of an inquiry stand in the vault's log under this purpose.
PURPOSE: Final = "investigation"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and when by the wall clock (UTC microseconds): kept with every identity that is opened."""

    actor: str
    at: int


def reported(home: Home, event_ids: Sequence[str], source: int | None = None) -> list[Report]:
    """Return the reports with these event ids, of one source where given. Raises InputError for what is not known."""
    funds = home.line.funds
    known = {funds.id_of(event_id, source): event_id for event_id in event_ids}
    missing = [event_id for number, event_id in known.items() if number is None or number not in funds.reports]
    if missing:
        some = ", ".join(list(funds.reported())[:3]) or "none"
        raise InputError(f"no report {missing[0]!r} is followed here; reports that are: {some} ...")
    return [funds.reports[number] for number in known if number is not None]


def supposed(home: Home, account: str, amount: int, currency: str, at: int) -> Report:
    """Return a report that nobody made: ``amount`` was paid into ``account`` up to UTC microseconds ``at``."""
    code = home.line.names.entities.find(pseudonym_of(home.ring.keys, account))
    if code is None:
        raise InputError("no event of this home names that account; check its kind and number")
    coin = home.line.names.words.code(currency)
    ledger = home.line.funds.ledger
    entry = ledger.find_payment(code, None, amount, at, coin)
    if entry is None:
        raise InputError(f"no payment of {amount} {currency} into that account is known up to then; check sum and time")
    return Report(at, -1, code, amount, coin, at, entry)


def traced(home: Home, reports: Sequence[Report], method: str, *, work: int = 2_000_000) -> Trace:
    """Return the trace of reports in one currency; after ``work`` ledger entries it ends, and says so.

    Raises InputError for an unknown method or mixed currencies.
    """
    if method not in METHODS:
        raise InputError(f"unknown method {method!r}; known: {', '.join(METHODS)}")
    funds = home.line.funds
    others = tuple(funds.reports.values())
    return trace_among(funds.ledger, reports, others, method=method, hops=64, work=work)


def shown(home: Home, found: Trace, names: Sequence[str], asker: Asker, only: str | None = None) -> TraceView:
    """Return a trace as people read it: masked account numbers, banks, orders and what is held.

    With ``only``, no account of another institution is opened: their names stay empty.
    """
    line, word = home.line, home.line.names.words.word
    docket, currency = line.funds.docket, found.currency
    held = {place.account: docket.book.held(place.account, currency) for place in found.places}
    orders = {place.account: _orders(home, place.account) for place in found.places}
    waiting = {place.account: line.desk.waiting(place.account) for place in found.places}
    return view_of(found, Labels(
        name=lambda code: _masked(home, code, asker) if only in (None, _bank(home, code)) else "",
        bank=lambda code: _bank(home, code),
        reports=tuple(names), currency=word(currency) or "", reported_at=min(found.reports), now=home.door.clock.now,
        held=held, delayed=waiting, essential=frozenset(docket.essential), orders=orders,
        plan=tuple(_ranked(home)),
    ))  # fmt: skip


def _orders(home: Home, account: int) -> tuple[OrderLine, ...]:
    orders = home.line.funds.docket.book.open_orders(account)
    return tuple(
        OrderLine(o.id, o.measure, o.state, o.amount, o.held, o.until, o.state == "drafted" and not o.backed, o.ahead)
        for o in orders
    )


def _ranked(home: Home) -> list[int]:
    """Return accounts in the order in which their orders wait for a person."""
    waiting = [order for order in home.line.funds.docket.book.open_orders() if order.state == "drafted"]
    return list(dict.fromkeys(order.account for order in waiting if order.measure in HOLDS))


def _masked(home: Home, code: int, asker: Asker) -> str:
    if code < 0:
        return "?"
    try:
        found = home.vault.open(home.line.names.entities.pseudonym(code), PURPOSE, asker.actor, asker.at)
    except InputError:
        return home.line.names.entities.pseudonym(code).hex()[:8]
    return f"{found.kind} {mask(found.scheme, found.normalised)}"


def _bank(home: Home, code: int) -> str:
    bank = home.line.funds.ledger.bank_of(code)
    return "" if bank == np.iinfo(np.int64).min else home.line.names.words.word(bank) or ""
