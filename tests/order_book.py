"""A book under the shipped Chinese pack, and acts on it in few words."""

from __future__ import annotations

from importlib.resources import files

from stanch.decide.book import Book
from stanch.decide.orders import Change, Order, Refusal, Want
from stanch.law.pack import Pack, parse_pack
from stanch.model.time import HOUR, MINUTE

START = 1_780_000_000_000_000  # 2026-05-28
ACCOUNT, BANK, CNY, HOLDER, POLICE_HOUSE = 7, 3, 1, 40, 90
POLICE = frozenset({"police"})


def shipped(country: str) -> Pack:
    """Read a shipped pack."""
    return parse_pack((files("stanch.law") / "packs" / f"{country}.yaml").read_text(encoding="utf-8"), country)


def want(amount: int = 500, reports: tuple[int, ...] = (1,), measure: str = "stop", **more: tuple[int, ...]) -> Want:
    """Return what a plan wants at the account."""
    return Want(ACCOUNT, BANK, CNY, amount, reports, measure, more.get("shares", ()))


def step(said: Change | Refusal | None) -> Change:
    """Return the step that an act made; a refusal fails the test with its words."""
    assert isinstance(said, Change), said
    return said


def refused(said: Change | Refusal | None) -> str:
    """Return why an act had no effect."""
    assert isinstance(said, Refusal), said
    assert len(said.reason.split()) > 4
    return said.code


def approved(book: Book, order_id: str, at: int, *officials: int) -> Change:
    """Let officials of the police approve, one after another."""
    return [step(book.approve(order_id, each, POLICE_HOUSE, POLICE, at)) for each in officials or (11,)][-1]


def in_force(book: Book, wanted: Want, at: int = START, *officials: int) -> Order:
    """Draft, approve and let the bank answer within ten minutes; return the order in force."""
    order = book.draft([wanted], at)[0].order
    approved(book, order.id, at + 5 * MINUTE, *officials)
    return step(book.answer(order.id, BANK, "in_force", None, at + 10 * MINUTE)).order


def order_of(book: Book, order_id: str) -> Order:
    """Return an order that must be there."""
    order = book.order(order_id)
    assert order is not None
    return order


LATER = START + HOUR
