"""Parts that ISO 20022 messages share: accounts, institutions, money, references."""

from __future__ import annotations

from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element

from stanch.intake.readers.iso20022_xml import text
from stanch.model.errors import InputError
from stanch.model.money import digits

Row = dict[str, str | int]

#: What senders write where they have no reference.
_NO_REFERENCE: Final = frozenset({"NOTPROVIDED", "NOREF", "NONREF"})
_ACCOUNT: Final = ("Id/IBAN", "Id/Othr/Id")
_SCHEME: Final = "Id/Othr/SchmeNm/Prtry"
_WALLET: Final = "wallet"
_INSTITUTION: Final = (
    "FinInstnId/BICFI",
    "FinInstnId/ClrSysMmbId/MmbId",
    "FinInstnId/LEI",
    "FinInstnId/Othr/Id",
    "FinInstnId/Nm",
)


def needed(found: str | None, what: str) -> str:
    """Return a text that must be there. Raises InputError naming the element."""
    if found is None:
        raise InputError(f"no {what}; the sender must state it")
    return found


def account(element: Element | None, *names: str) -> str:
    """Return the account or wallet under one of some elements, ``account:number``. Raises InputError for none."""
    found = text(element, *(f"{name}/{path}" for name in names for path in _ACCOUNT))
    scheme = text(element, *(f"{name}/{_SCHEME}" for name in names))
    kind = _WALLET if scheme is not None and scheme.lower() == _WALLET else "account"
    return f"{kind}:{needed(found, ' or '.join(names))}"


def institution(*places: tuple[Element | None, str]) -> str:
    """Return the first institution found: by BIC, member id, LEI or own id. Raises InputError for none."""
    for element, name in places:
        found = text(element, *(f"{name}/{path}" for path in _INSTITUTION))
        if found is not None:
            return found
    raise InputError(f"no institution under {', '.join(name for _, name in places)}; the sender must name itself")


def money(element: Element | None, *names: str) -> tuple[int, str]:
    """Return an amount in minor units and its currency. Raises InputError for more digits than the currency has."""
    for name in names:
        found = None if element is None else element.find(name)
        if found is not None:
            return in_minor(found.text or "", found.get("Ccy", ""), name)
    raise InputError(f"no {' or '.join(names)}; the sender must state it")


def in_minor(amount: str, currency: str, name: str) -> tuple[int, str]:
    """Return a decimal amount in minor units, exactly, and its currency."""
    scaled = Decimal(amount.strip()).scaleb(digits(currency))
    if scaled != scaled.to_integral_value():
        raise InputError(f"{name} has more digits than {currency} has; correct the amount")
    return int(scaled), currency


def reference(element: Element | None, *paths: str) -> str | None:
    """Return the first reference that is one: many senders write NOTPROVIDED."""
    for path in paths:
        found = text(element, path)
        if found is not None and found.upper() not in _NO_REFERENCE:
            return found
    return None


def event_id(name: str, message: str | None, uetr: str | None, own: str | None, number: int) -> str:
    """Return the id of a payment: its UETR where it has one, else its message and its own id or place in it."""
    return f"{name}:{uetr}" if uetr else f"{name}:{message}/{own or number}"


def without_none(**row: str | int | None) -> Row:
    """Return a row without what is not there."""
    return {name: value for name, value in row.items() if value is not None}
