"""A notice on its way out: a text for the holder of an account, to the institution that knows who that is."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from stanch.exchange.orders import Account, Named
from stanch.model.errors import InputError
from stanch.privacy.identity import Identity, Vault
from stanch.store.rows import OutboxRow

#: The topic of notices in the outbox.
TOPIC: Final = "notice"
#: The purpose for which a notice may name an account.
PURPOSE: Final = "notice_to_holder"
#: Nobody decides on a notice: it follows from a step.
ACTOR: Final = "stanch send"


class OutgoingNotice(msgspec.Struct, frozen=True):
    """A notice as it stands in the outbox: ``texts`` by language, ``until`` (UTC microseconds) where a hold ends."""

    order: Named
    step: Annotated[int, msgspec.Meta(ge=1)]
    measure: Named
    state: Named
    account: Account
    institution: Named
    texts: Annotated[dict[str, Named], msgspec.Meta(min_length=1)]
    until: int | None = None


def read_notice(row: OutboxRow) -> OutgoingNotice:
    """Return the notice of an outbox row. Raises InputError where it lacks what a notice must carry."""
    try:
        return msgspec.json.decode(row.body, type=OutgoingNotice)
    except msgspec.DecodeError as error:
        raise InputError(f"message {row.id} is no notice: {error}; correct what writes it") from None


def open_holder(told: OutgoingNotice, vault: Vault, at: int) -> Identity:
    """Return the account in clear, for this notice only; the opening is kept by the vault."""
    return vault.open(bytes.fromhex(told.account), PURPOSE, ACTOR, at)
