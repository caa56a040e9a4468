"""Grades: how much harm the loss of a field could do, and what follows for keeping, showing and giving it out.

General data of levels 1 to 4 in the manner of GB/T 43697-2024 (serious harm to a person: 3, extreme: 4). Fraud data
as a whole may be important data by its mass; that is the deployment's own assessment and not a matter of one field.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from stanch.model.columns import COLUMNS


class Grade(IntEnum):
    """Levels of general data; higher asks for more."""

    OPEN = 1  #: says nothing about a person
    INTERNAL = 2  #: says something only beside other fields
    PERSONAL = 3  #: says something about one person: money, place, contacts, pseudonyms
    SECRET = 4  #: clear identities and the content of messages


@dataclass(frozen=True, slots=True)
class Care:
    """What a grade asks for: how it is shown, kept and given out."""

    shown: str  #: clear, masked, or closed: only after the vault was opened for a purpose
    kept: str  #: clear, pseudonym or encrypted
    days: int  #: longest retention in days; start values chosen by us, the deployment's law pack may shorten them
    export: str  #: free, logged, or approved: by a person, with a purpose


CARE: Final[dict[Grade, Care]] = {
    Grade.OPEN: Care("clear", "clear", 3650, "free"),
    Grade.INTERNAL: Care("clear", "clear", 3650, "logged"),
    Grade.PERSONAL: Care("masked", "pseudonym", 1095, "approved"),
    Grade.SECRET: Care("closed", "encrypted", 90, "approved"),
}

_SECRET: Final = frozenset({"text"})
_PERSONAL: Final = frozenset(
    {"src", "dst", "holder", "device", "address", "place", "contact", "amount", "number", "detail", "attrs"}
    | {
        "text_digest",
        "text_scam",
        "text_trade",
        "text_ordinary",
        "text_personal",
        "payment",
        "end_to_end",
        "src_person",
        "dst_person",
        "src_card",
        "dst_card",
        "src_employer",
        "dst_employer",
    }
)
_OPEN: Final = frozenset({"kind", "currency", "seq", "late", "src_kind", "dst_kind"})


def _grade(column: str) -> Grade:
    if column in _SECRET:
        return Grade.SECRET
    if column in _PERSONAL:
        return Grade.PERSONAL
    return Grade.OPEN if column in _OPEN else Grade.INTERNAL


#: Every event column and its grade. The clear form behind a pseudonym is always ``SECRET``.
GRADES: Final[dict[str, Grade]] = {column.name: _grade(column.name) for column in COLUMNS}
CLEAR_IDENTITY: Final = Grade.SECRET


def care(column: str) -> Care:
    """Return what the grade of an event column asks for."""
    return CARE[GRADES[column]]
