"""Messages: what an outbox row becomes on each way out, the same bytes however often it is made."""

from __future__ import annotations

import msgspec

from stanch.exchange import notices
from stanch.exchange.orders import TOPIC, message_id, open_account, read_order
from stanch.exchange.parties import Party
from stanch.exchange.recall import recall
from stanch.exchange.request import request
from stanch.privacy.identity import Identity, Vault
from stanch.store.rows import OutboxRow

#: Measures that a recall says, where payments are known; everything else, and what is ahead of its payments, is a
#: request of the authority.
_RECALLED = frozenset({"stop", "return"})


def as_iso20022(row: OutboxRow, sides: tuple[Party, Party], vault: Vault, at: int) -> bytes:
    """Return the ISO 20022 message of an order; its times are those of the row, the vault is opened at ``at``."""
    order = read_order(row)
    write = recall if order.measure in _RECALLED and order.payments and not order.ahead else request
    return write(order, open_account(order, vault, at), message_id(row.id), row.created_at, sides)


def as_json(row: OutboxRow, sender: Party, vault: Vault, at: int) -> bytes:
    """Return an outbox row as the body of a webhook; orders and notices name their account in clear, nothing else."""
    content = msgspec.json.decode(row.body)
    if row.topic == TOPIC:
        order = read_order(row)
        content |= {"account": _clear(open_account(order, vault, at)), "case": order.case}
    if row.topic == notices.TOPIC:
        content |= {"account": _clear(notices.open_holder(notices.read_notice(row), vault, at))}
    whole = {
        "id": message_id(row.id),
        "topic": row.topic,
        "sender": sender.name,
        "created_at": row.created_at,
        "content": content,
    }
    return msgspec.json.encode(whole)


def _clear(opened: Identity) -> str:
    return f"{opened.kind}:{opened.normalised}"
