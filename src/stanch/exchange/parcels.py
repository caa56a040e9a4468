"""Parcels: an outbox row with its way out, and what it must not overtake."""

from __future__ import annotations

import msgspec

from stanch.exchange.config import SendConfig, Way
from stanch.exchange.orders import TOPIC, read_order
from stanch.store.rows import OutboxRow


class Parcel(msgspec.Struct, frozen=True):
    """A row to deliver. Parcels of one ``lane`` (an order's account at its institution) keep their order."""

    row: OutboxRow
    name: str
    way: Way | None
    lane: str
    too_late: int | None = None


def parcel(row: OutboxRow, config: SendConfig) -> Parcel:
    """Return the parcel of a row; its way is None where the configuration has none. Raises InputError for no order."""
    if row.topic != TOPIC:
        return Parcel(row, row.topic, config.topics.get(row.topic), row.id)
    order = read_order(row)
    way = config.institutions.get(order.institution)
    return Parcel(row, order.institution, way, f"{order.institution} {order.account}", order.too_late)
