"""Texts: contacts out, digest over what remains, the rest encrypted under the key of its day."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stanch.intake.contacts import Contact, replace_contacts
from stanch.intake.identities import Identities
from stanch.model.time import DAY
from stanch.privacy.identity import Vault
from stanch.privacy.pseudonyms import Keys, text_digest

NONCE_BYTES: Final = 12
_TOKENS: Final = re.compile(r"⟨[a-z]+:[0-9a-f]+⟩")
_SPACE: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class TakenText:
    """A text as it leaves intake."""

    cipher: bytes | None
    contact: bytes | None
    contacts: int
    digest: int


class Texts:
    """Takes texts. One owner; holds the day keys in use."""

    def __init__(self, keys: Keys, vault: Vault, identities: Identities) -> None:
        self._keys = keys
        self._vault = vault
        self._identities = identities
        self._ciphers: dict[int, tuple[bytes, AESGCM] | None] = {}

    def take(self, text: str, event: str, known_at: int) -> TakenText:
        """Return a text without contacts, encrypted; None in place of the text if the key of its day was dropped.

        The nonce is a keyed hash of event and text: the same event sent again gives the same bytes, and no nonce
        serves two texts.
        """
        replaced, found = replace_contacts(unicodedata.normalize("NFKC", text), self._keep)
        digest = text_digest(self._keys, _SPACE.sub("", _TOKENS.sub("", replaced.lower())))
        return TakenText(
            self._encrypt(replaced, event, known_at // DAY), found[0] if found else None, len(found), digest
        )

    def payments(self, references: pa.Array) -> pa.Array:
        """Return the keyed digests of end-to-end references, NULL where there is none."""
        if references.null_count == len(references):
            return pa.nulls(len(references), pa.int64())
        coded = references.dictionary_encode()
        digests = [self.payment(reference) for reference in coded.dictionary.to_pylist()]
        return pa.array(digests, pa.int64()).take(coded.indices)

    def payment(self, reference: str) -> int:
        """Return the keyed digest of one end-to-end reference."""
        return text_digest(self._keys, reference.strip().lower())

    def _keep(self, contact: Contact) -> bytes:
        return self._identities.keep(contact.kind, contact.scheme, contact.normalised)

    def _encrypt(self, text: str, event: str, day: int) -> bytes | None:
        cipher = self._cipher(day)
        if cipher is None:
            return None
        key, aead = cipher
        body = text.encode()
        nonce = hashlib.blake2b(event.encode() + b"\0" + body, key=key, digest_size=NONCE_BYTES).digest()
        return nonce + aead.encrypt(nonce, body, None)

    def _cipher(self, day: int) -> tuple[bytes, AESGCM] | None:
        if day not in self._ciphers:
            key = self._vault.day_key(day)
            self._ciphers[day] = None if key is None else (key, AESGCM(key))
        return self._ciphers[day]


def text_columns(taken: list[TakenText]) -> tuple[list[bytes | None], list[bytes | None], npt.NDArray[np.int64]]:
    """Return ciphers, contacts and (contacts, digest) of a column of texts."""
    ciphers = [text.cipher for text in taken]
    contacts = [text.contact for text in taken]
    numbers = np.array([(text.contacts, text.digest) for text in taken], np.int64)
    return ciphers, contacts, numbers.reshape(-1, 2)


def open_text(key: bytes, cipher: bytes) -> str:
    """Return the text behind a cipher, contacts still replaced. The caller has the day's key from the vault."""
    return AESGCM(key).decrypt(cipher[:NONCE_BYTES], cipher[NONCE_BYTES:], None).decode()
