"""One cell read as an identifier of a person: checked, a look-alike, or none."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from stdnum import luhn

from stanch.intake.persons import normalise_person
from stanch.intake.phones import normalise_phone
from stanch.model.errors import InputError

#: What a column can hold, the strongest identifier of a person first; a text identifies nobody by itself.
KINDS: Final = ("resident_id", "phone", "card", "email", "name", "text")

_RESIDENT: Final = re.compile(r"[1-9][0-9]{16}[0-9X]|[1-9][0-9]{14}")
_CARD: Final = re.compile(r"[0-9]{13,19}")
_EMAIL: Final = re.compile(r"[a-z0-9._%+-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_PHONE: Final = re.compile(r"\+?[0-9]{7,15}")
_NOISE: Final = re.compile(r"[\s\-()']+")
#: Numbers that belong to a person; services and ports do not.
_PERSONAL: Final = ("mobile", "fixed", "voip", "data")


@dataclass(frozen=True, slots=True)
class Cell:
    """An identifier in its normal form; ``checked``: its check digit, or the numbering plan, bears it out."""

    kind: str
    form: str
    checked: bool


def read_cell(kind: str, clear: str) -> Cell | None:
    """Return a cell read as a kind of identifier, None if it is empty or does not even look like one."""
    plain = unicodedata.normalize("NFKC", clear).strip()
    return _READERS[kind](plain) if plain else None


def _resident_id(plain: str) -> Cell | None:
    bare = _NOISE.sub("", plain).upper()
    if _RESIDENT.fullmatch(bare) is None:
        return None
    try:
        found = normalise_person(bare)
    except InputError:
        return Cell("resident_id", bare, checked=False)
    return Cell("resident_id", found.normalised, checked=found.warning is None)


def _phone(plain: str) -> Cell | None:
    bare = _NOISE.sub("", plain)
    if _PHONE.fullmatch(bare) is None:
        return None
    try:
        found = normalise_phone(bare)
    except InputError:
        return None
    return Cell("phone", found.normalised, checked=found.type in _PERSONAL and found.warning is None)


def _card(plain: str) -> Cell | None:
    bare = _NOISE.sub("", plain)
    return Cell("card", bare, checked=luhn.is_valid(bare)) if _CARD.fullmatch(bare) else None


def _email(plain: str) -> Cell | None:
    return Cell("email", plain.lower(), checked=False) if _EMAIL.fullmatch(plain.lower()) else None


def _name(plain: str) -> Cell | None:
    return Cell("name", plain, checked=False)


_READERS: Final = {
    "resident_id": _resident_id, "phone": _phone, "card": _card, "email": _email, "name": _name, "text": _name,
}  # fmt: skip
