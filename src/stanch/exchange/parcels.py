"""Parcels: an outbox row with its way out, and what it must not overtake."""

from __future__ import annotations

from typing import Final

import msgspec

from stanch.exchange import notices, orders
from stanch.exchange.config import SendConfig, Way
from stanch.store.rows import OutboxRow


class Parcel(msgspec.Struct, frozen=True):
    """A row to deliver. A broker keeps the order of those with one ``key``: an account's pseudonym, an institution.

    Parcels of one ``lane`` keep their order; it does not overtake those ``behind`` which it goes.

    Orders about one account have a lane, and what its holder is told another: a notice waits for the order that it
    speaks of, and never keeps an order back.
    """

    row: OutboxRow
    name: str
    way: Way | None
    lane: str
    gate: str  #: what is closed for the rest of a round when it fails
    behind: tuple[str, ...] = ()
    too_late: int | None = None
    key: str = ""


class _Sent(msgspec.Struct, frozen=True):
    source: str = ""


_sent: Final = msgspec.json.Decoder(_Sent)


def parcel(row: OutboxRow, config: SendConfig) -> Parcel:
    """Return the parcel of a row; its way is None where the configuration has none. Raises InputError for no order."""
    if row.topic == orders.TOPIC:
        return _order(row, config)
    if row.topic == notices.TOPIC:
        return _notice(row, config)
    return Parcel(row, row.topic, config.topics.get(row.topic), row.id, f"way {row.topic}", key=_sender(row))


def _sender(row: OutboxRow) -> str:
    """Return the institution that a decision or proposal is for, empty where it names none."""
    try:
        return _sent.decode(row.body).source
    except msgspec.DecodeError:
        return ""


def _order(row: OutboxRow, config: SendConfig) -> Parcel:
    order = orders.read_order(row)
    bank = order.institution
    return Parcel(
        row, bank, config.institutions.get(bank), f"{bank} {order.account}", f"way {bank}",
        too_late=order.too_late, key=order.account,
    )  # fmt: skip


def _notice(row: OutboxRow, config: SendConfig) -> Parcel:
    told = notices.read_notice(row)
    bank, lane = told.institution, f"{told.institution} {told.account}"
    return Parcel(
        row, bank, config.institutions.get(bank), f"notice {lane}", f"notices {bank}", (lane, f"way {bank}"),
        told.until, told.account,
    )  # fmt: skip
