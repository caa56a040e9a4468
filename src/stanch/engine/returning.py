"""Returning: what each victim of a home's pools gets back by a rule, from what is held now, as statements."""

from __future__ import annotations

from stanch.decide.orders import HOLDS, Order
from stanch.decide.returns import Claim, Inputs, Pot, Statement, Traced, statements
from stanch.engine.home import Home
from stanch.graph.tracing import trace
from stanch.model.errors import InputError


def returned_by(home: Home, rule: str, currency: str) -> tuple[Inputs, tuple[Statement, ...]]:
    """Return what a return now would rest on, and the statement of each report. Raises ConfigError for a wrong rule."""
    inputs = inputs_of(home, rule, currency)
    return inputs, statements(inputs)


def inputs_of(home: Home, rule: str, currency: str) -> Inputs:
    """Return claims and pots of a home: all from its log, so that anyone with the log gets the same."""
    funds, coin = home.line.funds, home.line.names.words.code(currency)
    reports = [report for report in funds.reports.values() if report.currency == coin]
    if not reports:
        raise InputError(f"nothing reported in {currency} is followed here; name another --currency")
    orders = [order for order in funds.docket.book.orders() if order.currency == coin]
    found = trace(funds.ledger, reports, method=funds.follow.method, hops=64, work=2_000_000)
    back = {report.id: _paid_back(orders, report.id) for report in reports}
    paid = {report.id: 0 if report.entry is None else _paid(home, report.entry, report.amount) for report in reports}
    claims = tuple(
        Claim(report.id, paid[report.id], 0, max(report.amount - paid[report.id], 0), back[report.id])
        for report in reports
    )  # fmt: skip
    places = {place.account: place for place in found.places}
    held = {order.account for order in orders if order.measure in HOLDS and order.state == "in_force"}
    pots = tuple(
        Pot(account, funds.docket.book.held(account, coin), tuple(
            Traced(report, places[account].since, share)
            for report, share in zip(found.reports, places[account].shares, strict=True) if share
        ) if account in places else ())
        for account in sorted(held)
    )  # fmt: skip
    term = home.rules.law.term("return", home.door.clock.now).id
    return Inputs(rule, term, currency, claims, pots)


def _paid(home: Home, entry: int, amount: int) -> int:
    """What was verifiably paid: never more than the payment itself."""
    return min(amount, home.line.funds.ledger.amount(entry))


def _paid_back(orders: list[Order], report: int) -> int:
    done = [
        order for order in orders if order.measure == "return" and order.state == "done" and report in order.reports
    ]
    return sum(order.shares[order.reports.index(report)] for order in done)
