"""Kinds of entities, and the identifier schemes by which they are known.

In clear form an entity is written ``kind:identifier`` (``card:+8613812345678``). In the core it is a
pseudonym: 16 bytes, keyed by the *scheme* of its identifier, so that one phone number is one entity wherever it
appears, whatever kind a sender calls it.
"""

from __future__ import annotations

from typing import Final

#: Entity kind -> identifier scheme. Kinds that share a scheme share pseudonyms.
SCHEMES: Final[dict[str, str]] = {
    "person": "person",  # resident id, passport or a sender's own person id
    "company": "company",  # unified social credit code, or a sender's own company id
    "card": "phone",  # a phone number
    "iot_card": "phone",
    "sim": "iccid",
    "device": "device",  # IMEI or fingerprint
    "account": "account",  # bank account, IBAN or payment card
    "wallet": "wallet",  # payment account
    "merchant": "merchant",
    "user": "user",  # platform account
    "address": "ip",
    "domain": "domain",
    "outlet": "outlet",  # shop, branch, dealer
    "employee": "employee",
    "institution": "institution",
    "place": "place",  # cell, forum, group, street address
    "contact": "contact",  # a messenger id, e-mail or link found in a text
}

ENTITY_KINDS: Final[tuple[str, ...]] = tuple(SCHEMES)

#: Length of a pseudonym in bytes.
PSEUDONYM_BYTES: Final = 16
