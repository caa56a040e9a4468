"""An order on its way out: what the outbox says of it, and the account that the vault opens for it."""

from __future__ import annotations

import hashlib
from typing import Annotated, Final, Literal

import msgspec

from stanch.model.entities import PSEUDONYM_BYTES
from stanch.model.errors import InputError
from stanch.privacy.identity import Identity, Vault
from stanch.store.rows import OutboxRow

#: The topic of orders in the outbox.
TOPIC: Final = "order"
#: The one purpose for which an order may name an account.
PURPOSE: Final = "freeze_order"
#: Ids in ISO 20022 are no longer.
LONGEST_ID: Final = 35

#: To let go needs no basis, and is never too late.
RELEASE: Final = "release"

Measure = Literal["query", "stop", "freeze", "release", "return"]
#: A word that must be there.
Named = Annotated[str, msgspec.Meta(min_length=1)]
#: A pseudonym in hex.
Account = Annotated[str, msgspec.Meta(pattern=f"^[0-9a-f]{{{2 * PSEUDONYM_BYTES}}}$")]


class OutgoingOrder(msgspec.Struct, frozen=True):
    """An order as it stands in the outbox: ``account`` is a pseudonym in hex, ``until`` UTC microseconds."""

    order: Named
    measure: Measure
    account: Account
    institution: Named
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    amount: Annotated[int, msgspec.Meta(ge=0)]
    basis: str = ""
    power: str = ""
    person: str | None = None
    reason: str = ""
    until: int | None = None
    objection: str = ""
    ahead: bool = False  # whether it also holds what comes later, until it holds its amount
    payments: tuple[str, ...] = ()  # event ids of the payments that brought the money

    @property
    def too_late(self) -> int | None:
        """From when on it must not be sent: its own end, if it has one. A release or return is never too late."""
        return None if self.measure in (RELEASE, "return") else self.until

    @property
    def case(self) -> str:
        """The name of the case: answers repeat it, and say by it what they answer."""
        return f"{self.order}/{self.measure}"


def read_order(row: OutboxRow) -> OutgoingOrder:
    """Return the order of an outbox row. Raises InputError where it lacks what an order must carry."""
    try:
        order = msgspec.json.decode(row.body, type=OutgoingOrder)
    except msgspec.DecodeError as error:
        raise InputError(f"message {row.id} is no order: {error}; correct what writes it") from None
    if order.measure != RELEASE and not (order.basis and order.power):
        raise InputError(f"order {order.order!r} has no legal basis or power; only a release may leave without")
    if len(order.case) > LONGEST_ID:
        raise InputError(f"case {order.case!r} is longer than {LONGEST_ID} characters; shorten the order's id")
    return order


def open_account(order: OutgoingOrder, vault: Vault, at: int) -> Identity:
    """Return the account in clear, for this order only; who ordered it and when is kept by the vault."""
    return vault.open(bytes.fromhex(order.account), PURPOSE, order.person or "stanch send", at)


def message_id(row_id: str) -> str:
    """Return the id that every message about an outbox row carries, however often it is sent."""
    return "S" + hashlib.sha256(row_id.encode()).hexdigest()[: LONGEST_ID - 1]
