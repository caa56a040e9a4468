"""A scored text as it is handed out: contacts and personal data masked, unless somebody may see them."""

from __future__ import annotations

from typing import Final

import msgspec

from stanch.privacy.masks import mask
from stanch.text.contacts import Contact
from stanch.text.personal import Item, counts_by_kind
from stanch.text.scoring import Scored

#: By which scheme a kind is masked; the others show their ends only.
_SCHEMES: Final = {
    "phone": "phone",
    "bank_card": "account",
    "number": "account",
    "resident_id": "person",
    "wallet": "contact",
}


class ShownTerm(msgspec.Struct, frozen=True):
    """A term of the trade: as the lexicon has it, as it was written, what it means, and the word beside it."""

    term: str
    kind: str
    written: str
    how: str
    beside: str | None
    meaning: dict[str, str]


class ShownContact(msgspec.Struct, frozen=True):
    """A contact and where it stands."""

    kind: str
    value: str
    start: int
    stop: int


class ShownText(msgspec.Struct, frozen=True, rename={"class_": "class"}):
    """A text's scores and what explains them; ``hidden`` counts signs that hid something."""

    id: str
    class_: str
    scores: dict[str, float]
    words: list[str]
    terms: list[ShownTerm]
    contacts: list[ShownContact]
    personal_data: dict[str, int]
    personal_values: list[ShownContact]
    hidden: int
    cut: bool


def shown(name: str, text: str, found: Scored, *, clear: bool = False) -> ShownText:
    """Return a scored text for others to see. A word that decided and touches a masked value is left out."""
    secret = [(contact.start, contact.stop) for contact in found.contacts]
    secret += [(item.start, item.stop) for item in found.personal]
    words = [w.written for w in found.words if clear or not any(a < w.stop and w.start < b for a, b in secret)]
    terms = [
        ShownTerm(h.term.term, h.term.kind, text[h.start : h.stop], h.how, h.beside, h.term.meaning)
        for h in found.terms
    ]
    return ShownText(
        name, found.class_, found.scores, words, terms,
        [_shown(contact, clear) for contact in found.contacts], counts_by_kind(found.personal),
        [_shown(item, clear) for item in found.personal], found.undone, found.cut,
    )  # fmt: skip


def _shown(found: Contact | Item, clear: bool) -> ShownContact:
    value = found.normalised if clear else mask(_SCHEMES.get(found.kind, "other"), found.normalised)
    return ShownContact(found.kind, value, found.start, found.stop)
