"""Personal data in a text, by kind: only what can be checked well enough to be counted.

Sources: GB 11643-1999 through ``stdnum`` (resident ids), Luhn and the ranges of the card schemes, GA 36-2018 (plates),
ISO 13616 through ``schwifty`` (IBAN). Names and addresses are not looked for: nothing in them can be checked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from stdnum import luhn
from stdnum.cn import ric

from stanch.text.contacts import Contact, contacts_in
from stanch.text.normal import Normal, normalise

KINDS: Final = ("resident_id", "bank_card", "phone", "email", "passport", "iban", "plate")


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of personal data: its kind, its plain form, and where it stands in the text as written."""

    kind: str
    normalised: str
    start: int
    stop: int


_CARD: Final = re.compile(r"(?:62|4|5[1-5]|2(?:2[2-9]|[3-6]|7[01]|720)|3[47]|35(?:2[89]|[3-8]))[0-9]*")
_PROVINCES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PERSONAL: Final = re.compile(
    rf"""
      (?P<resident_id>(?<![0-9a-z])[1-9](?:[\s-]?[0-9]){{16}}[\s-]?[0-9x](?![0-9a-z]))
    | (?P<bank_card>(?<![0-9a-z])[2-6](?:[\s-]?[0-9]){{14,18}}(?![0-9a-z]))
    | (?P<iban>(?<![0-9a-z])[a-z]{{2}}[0-9]{{2}}(?:\s?[0-9a-z]{{4}}){{2,7}}(?:\s?[0-9a-z]{{1,4}})?(?![0-9a-z]))
    | (?:护照(?:号码?)?|passport(?:\s(?:no\.?|number))?)\s*[:：是为]?\s*
      (?P<passport>(?:e[a-hj-np-z]|[degkps])[0-9]{{7,8}})(?![0-9a-z])
    | (?P<plate>[{_PROVINCES}][a-hj-np-z][\s·-]?(?:[0-9a-hj-np-z]{{5,6}})(?![0-9a-z]))
    """,
    re.VERBOSE | re.ASCII,
)
_GAPS: Final = re.compile(r"[\s·-]+")
_HOPE: Final = re.compile(r"[0-9]")
_PASSPORT: Final = re.compile(r"e[a-hj-np-z][0-9]{7}|[degkps][0-9]{8}")
_PLATE_DIGITS: Final = 3


def find_personal_data(text: str) -> tuple[Item, ...]:
    """Return the personal data of a text in the order in which it stands."""
    return personal_data_in(text, normalise(text))


def personal_data_in(text: str, normal: Normal, contacts: Iterable[Contact] | None = None) -> tuple[Item, ...]:
    """Return the personal data of a text whose normal form, and perhaps whose contacts, are known."""
    found = list(_numbers(normal))
    taken = [(item.start, item.stop) for item in found]
    for contact in contacts_in(text, normal) if contacts is None else contacts:
        kind = {"phone": "phone", "mail": "email"}.get(contact.kind)
        if kind and not any(start < contact.stop and contact.start < stop for start, stop in taken):
            found.append(Item(kind, contact.normalised, contact.start, contact.stop))
    return tuple(sorted(found, key=lambda item: item.start))


def count_checked(normal: Normal) -> int:
    """Return how many different values are personal data by their checks; phones and mails are contacts."""
    return len({(item.kind, item.normalised) for item in _numbers(normal)})


def counts_by_kind(items: tuple[Item, ...]) -> dict[str, int]:
    """Return how many different values of each kind were found; the same one twice counts once."""
    counts = Counter(kind for kind, _ in {(item.kind, item.normalised) for item in items})
    return {kind: counts[kind] for kind in KINDS if counts[kind]}


def _numbers(normal: Normal) -> Iterator[Item]:
    if not _HOPE.search(normal.text):
        return
    for match in _PERSONAL.finditer(normal.text):
        kind = str(match.lastgroup)
        bare = _GAPS.sub("", match[kind]).upper()
        named = _named(kind, bare)
        if named is not None:
            start, stop = normal.written(*match.span(kind))
            yield Item(named, bare, start, stop)


def _named(kind: str, bare: str) -> str | None:
    """Return the kind that the checks confirm: 18 digits that are no resident id may still be a bank card."""
    if kind == "resident_id":
        if _is_resident_id(bare):
            return kind
        return "bank_card" if _is_card(bare) else None
    holds = {"bank_card": _is_card, "iban": _is_iban, "passport": _is_passport, "plate": _is_plate}[kind]
    return kind if holds(bare) else None


def _is_resident_id(bare: str) -> bool:
    """Say whether date, place and check digit hold; the register of places raises for a county it does not know."""
    try:
        return bool(ric.is_valid(bare))
    except KeyError:
        return False


def _is_card(bare: str) -> bool:
    return bool(_CARD.fullmatch(bare)) and bool(luhn.is_valid(bare))


def _is_iban(bare: str) -> bool:
    try:
        IBAN(bare)
    except SchwiftyException:
        return False
    return True


def _is_passport(bare: str) -> bool:
    return _PASSPORT.fullmatch(bare.lower()) is not None


def _is_plate(bare: str) -> bool:
    """Say whether a plate is plausible: at least three of its signs behind the place are digits."""
    return sum(sign.isdecimal() for sign in bare[2:]) >= _PLATE_DIGITS
