"""Writing XML: elements from nested plain data, in the tags of the standard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias
from xml.etree.ElementTree import Element, SubElement

from schwifty import IBAN

from stanch.model.money import digits
from stanch.model.time import to_datetime
from stanch.privacy.identity import Identity

Content: TypeAlias = "str | Element | Mapping[str, Content] | Sequence[Content] | None"


def element(tag: str, content: Content) -> Element:
    """Return an element: text, children by tag, or a finished element; None and empty texts are left out."""
    made = Element(tag)
    _fill(made, content)
    return made


def _fill(parent: Element, content: Content) -> None:
    if isinstance(content, str):
        parent.text = content
        return
    if not isinstance(content, Mapping):
        raise TypeError(f"<{parent.tag}> needs text or children, not {type(content).__name__}")
    for tag, inner in content.items():
        for one in inner if isinstance(inner, Sequence) and not isinstance(inner, str) else (inner,):
            if isinstance(one, Element):
                parent.append(one)
            elif one:
                _fill(SubElement(parent, tag), one)


def amount(tag: str, minor: int, currency: str) -> Element:
    """Return an amount with its currency, in the currency's major unit."""
    made = Element(tag, {"Ccy": currency})
    made.text = f"{Decimal(minor).scaleb(-digits(currency)):f}"
    return made


def moment(micros: int) -> str:
    """Return a time as XML writes it, in UTC."""
    return to_datetime(micros).isoformat().replace("+00:00", "Z")


def day(micros: int) -> str:
    """Return the UTC day of a time."""
    return to_datetime(micros).date().isoformat()


def account(identity: Identity) -> Content:
    """Return an account's identification: an IBAN, or the bank's own number; of a wallet it says that it is one."""
    number, kind = identity.normalised, identity.kind
    if kind == "account" and IBAN(number, allow_invalid=True).is_valid:
        return {"IBAN": number}
    return {"Othr": {"Id": number, "SchmeNm": None if kind == "account" else {"Prtry": kind}}}


def lines(text: str, width: int) -> list[str]:
    """Return a text cut into lines that the standard allows."""
    return [text[start : start + width] for start in range(0, len(text), width)]
