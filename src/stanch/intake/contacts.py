"""Contacts in texts, replaced by tokens: what room ``text`` finds, named as the entities that intake knows.

A text keeps what was said; where it says whom to reach, a token stands instead, so that posts of one gang meet by
the contact they share and nobody reads it from the text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from stanch.intake.accounts import normalise_account
from stanch.intake.networks import normalise_domain
from stanch.intake.phones import normalise_phone
from stanch.model.errors import InputError
from stanch.text.contacts import Contact as Found
from stanch.text.contacts import find_contacts

_TOKEN_HEX: Final = 12
_CARD_DIGITS: Final = 13


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact found in a text, in normal form."""

    kind: str
    scheme: str
    normalised: str


Keep = Callable[[Contact], bytes]


def replace_contacts(text: str, keep: Keep) -> tuple[str, list[bytes]]:
    """Return the text with tokens for contacts, and the contacts' pseudonyms in order; ``keep`` names a contact."""
    return with_tokens(text, find_contacts(text), keep)


def with_tokens(text: str, contacts: Sequence[Found], keep: Keep) -> tuple[str, list[bytes]]:
    """Return the same for contacts that are known."""
    found: list[bytes] = []
    parts: list[str] = []
    done = 0
    for one in contacts:
        contact = _contact(one)
        name = keep(contact)
        found.append(name)
        parts += text[done : one.start], f"{one.word}⟨{contact.scheme}:{name.hex()[:_TOKEN_HEX]}⟩"
        done = one.stop
    return "".join((*parts, text[done:])), found


def _contact(found: Found) -> Contact:
    if found.kind == "link":
        return _link(found.normalised)
    if found.kind in ("phone", "number"):
        return _number(found.normalised)
    return Contact("contact", "contact", f"{found.kind}/{found.normalised}")


def _link(link: str) -> Contact:
    host = link.removeprefix("https://").removeprefix("http://").partition("/")[0].rpartition("@")[2].partition(":")[0]
    try:
        return Contact("domain", "domain", normalise_domain(host).normalised)
    except InputError:
        return Contact("contact", "contact", f"link/{link}")


def _number(bare: str) -> Contact:
    phone = normalise_phone(bare)
    if phone.type != "other":
        kind = "iot_card" if phone.type == "iot" else "card"
        return Contact(kind, "phone", phone.normalised)
    if len(bare) >= _CARD_DIGITS and not bare.startswith("+"):
        return Contact("account", "account", normalise_account(bare).normalised)
    return Contact("contact", "contact", f"number/{bare}")
