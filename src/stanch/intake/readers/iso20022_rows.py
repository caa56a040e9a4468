"""The rows of ISO 20022 messages: payments as transfers, settlements and returns, answers as answers to our orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element, tostring

from stanch.intake.readers import iso20022_answers as answers
from stanch.intake.readers import iso20022_payments as payments
from stanch.intake.readers.iso20022_parts import Row
from stanch.intake.readers.iso20022_xml import Message
from stanch.model.errors import InputError

_SHOWN: Final = 4096

_Parts = Callable[[Message], Iterator[tuple[Element, Element]]]
_Rows = Callable[[Message, Element, Element, int], list[Row]]


@dataclass(frozen=True, slots=True)
class Unfit:
    """A payment or answer that cannot become a row: why, and how it stands in the message."""

    reason: str
    verbatim: str = field(repr=False)


#: Messages that are read: how to find their rows, and how to read one.
READ: Final[dict[str, tuple[_Parts, _Rows]]] = {
    "pain.001": (payments.instructed, payments.instruction),
    "pacs.008": (payments.moved, payments.movement),
    "pacs.004": (payments.returned, payments.giving_back),
    "camt.029": (answers.resolved, answers.resolution),
    "auth.002": (answers.answered, answers.authority_answer),
}


def rows_of(message: Message) -> Iterator[tuple[int, Row | Unfit]]:
    """Yield the rows of a message with their numbers, from 1. Raises InputError for a message that holds none."""
    if message.name not in READ:
        raise InputError(f"{message.name} goes out and is not read; messages read: {', '.join(READ)}")
    parts, rows = READ[message.name]
    number = 0
    for number, (around, part) in enumerate(parts(message), 1):
        try:
            made = rows(message, around, part, number)
        except InputError as error:
            yield number, Unfit(str(error), tostring(part, "unicode")[:_SHOWN])
            continue
        yield from ((number, row) for row in made)
    if number == 0:
        raise InputError(f"{message.name} holds no single payment; send each payment that it speaks of")
