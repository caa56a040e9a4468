"""Pseudonyms: what stands for a person, number or account everywhere outside intake and the vault."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

from stanch.model.entities import PSEUDONYM_BYTES
from stanch.model.errors import ConfigError

KEY_BYTES: Final = 32
_DIGEST_MASK: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys under which this deployment names entities and digests texts. Never printed.

    ``version`` is part of every pseudonym, so pseudonyms made under two keys never meet by accident.
    """

    pseudonym: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    version: int = 1

    def __post_init__(self) -> None:
        """Refuse short keys. Raises ConfigError."""
        if len(self.pseudonym) != KEY_BYTES or len(self.digest) != KEY_BYTES:
            raise ConfigError(f"keys need {KEY_BYTES} bytes each; make new ones or load the right key file")


def pseudonym(keys: Keys, scheme: str, normalised: str) -> bytes:
    """Return the 16 bytes that stand for an identifier: HMAC-SHA256 of key version, scheme and normal form, cut.

    The separator cannot occur in a version or scheme, so two different triples never give the same message.
    """
    message = f"{keys.version}|{scheme}|{normalised}".encode()
    return hmac.digest(keys.pseudonym, message, "sha256")[:PSEUDONYM_BYTES]


def text_digest(keys: Keys, normalised: str) -> int:
    """Return a keyed digest of a normalised text, 0 to 2**63 - 1: equal texts meet, nobody can guess a text from it."""
    digest = hashlib.blake2b(normalised.encode(), key=keys.digest, digest_size=8).digest()
    return int.from_bytes(digest, "little") & _DIGEST_MASK


def key_check(keys: Keys) -> str:
    """Return a value by which a home recognises its keys, without revealing them."""
    return hmac.digest(keys.pseudonym, b"stanch key check|" + keys.digest, "sha256").hex()[:16]
