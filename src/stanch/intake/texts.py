"""Texts: contacts out, scores and a digest over what remains, the rest encrypted under the key of its day."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stanch.intake.contacts import Contact, with_tokens
from stanch.intake.identities import Identities
from stanch.model.columns import TEXT_SCORES
from stanch.model.entities import PSEUDONYM_BYTES
from stanch.model.time import DAY
from stanch.privacy.identity import Vault
from stanch.privacy.pseudonyms import Keys, text_digest
from stanch.text.contacts import find_all_contacts
from stanch.text.model import CLASSES
from stanch.text.normal import normalise_all
from stanch.text.personal import count_checked
from stanch.text.scoring import Scorer

NONCE_BYTES: Final = 12
_TOKENS: Final = re.compile(r"⟨[a-z]+:[0-9a-f]+⟩")
_SPACE: Final = re.compile(r"\s+")
#: The classes whose scores are columns, in the order of ``TEXT_SCORES``.
_SCORED: Final = [CLASSES.index(name) for name in ("scam", "trade", "ordinary")]


#: Texts that are read together: what they need of memory does not grow with the chunk.
_TOGETHER: Final = 1_000
_HUNDRED: Final = 100


@dataclass(frozen=True, slots=True)
class Clear:
    """A text as it comes in, its event, when it was known, and whether it may be scored (``model.kinds.READ``)."""

    text: str
    event: str
    known_at: int
    read: bool


@dataclass(frozen=True, slots=True)
class TakenText:
    """A text as it leaves intake; ``scores`` are those of ``TEXT_SCORES``, None each where it was not scored."""

    cipher: bytes | None
    contact: bytes | None
    contacts: int
    digest: int
    scores: tuple[int | None, ...] = (None,) * len(TEXT_SCORES)


class Texts:
    """Takes texts. One owner. Without a ``scorer`` no text is scored.

    The vault is asked for a day's key with each lot: once it is dropped, here or by another process, none is left.
    """

    def __init__(
        self, keys: Keys, vault: Vault, identities: Identities, scorer: Callable[[], Scorer] | None = None
    ) -> None:
        self._keys = keys
        self._vault = vault
        self._identities = identities
        self._scorer = scorer
        self._ciphers: dict[int, tuple[bytes, AESGCM] | None] = {}

    def take(self, texts: Sequence[Clear]) -> list[TakenText]:
        """Return texts without contacts, encrypted; None in place of one if the key of its day was dropped."""
        try:
            lots = (texts[start : start + _TOGETHER] for start in range(0, len(texts), _TOGETHER))
            return [taken for lot in lots for taken in self._take(lot)]
        finally:
            self._ciphers.clear()

    def _take(self, texts: Sequence[Clear]) -> list[TakenText]:
        plain = [unicodedata.normalize("NFKC", one.text) for one in texts]
        found = [with_tokens(text, its, self._keep) for text, its in zip(plain, find_all_contacts(plain), strict=True)]
        taken = [self._taken(one, *its) for one, its in zip(texts, found, strict=True)]
        if self._scorer is None:
            return taken
        read = [place for place, one in enumerate(texts) if one.read]
        scores = _scores(self._scorer(), [plain[place] for place in read], [found[place][0] for place in read])
        for place, its in zip(read, scores, strict=True):
            taken[place] = replace(taken[place], scores=its)
        return taken

    def _taken(self, one: Clear, replaced: str, contacts: list[bytes]) -> TakenText:
        """Return one text. The nonce is a keyed hash of event and text, so that no nonce serves two texts."""
        digest = text_digest(self._keys, _SPACE.sub("", _TOKENS.sub("", replaced.lower())))
        cipher = self._encrypt(replaced, one.event, one.known_at // DAY)
        return TakenText(cipher, contacts[0] if contacts else None, len(contacts), digest)

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


def _scores(scorer: Scorer, plain: Sequence[str], replaced: Sequence[str]) -> Iterator[tuple[int | None, ...]]:
    """Yield the scores of texts: of what is kept of each, so that it can be told later what they rest on."""
    if not plain:
        return
    percent = np.rint(scorer.scores(replaced)[:, _SCORED] * _HUNDRED).astype(np.int64)
    normals = normalise_all(plain)
    for place, row in enumerate(percent.tolist()):
        yield (*row, count_checked(normals.one(place)))


def text_columns(taken: Sequence[TakenText], index: pa.Array) -> dict[str, pa.Array]:
    """Return the columns of texts, spread over rows: ``index`` names the text of each row, NULL where it has none."""
    columns = {
        "text": pa.array([text.cipher for text in taken], pa.binary()),
        "contact": pa.array([text.contact for text in taken], pa.binary(PSEUDONYM_BYTES)),
        "contacts": pa.array([text.contacts for text in taken], pa.int64()),
        "text_digest": pa.array([text.digest for text in taken], pa.int64()),
    }
    for place, name in enumerate(TEXT_SCORES):
        columns[name] = pa.array([text.scores[place] for text in taken], pa.int64())
    return {name: column.take(index) for name, column in columns.items()}


def open_text(key: bytes, cipher: bytes) -> str:
    """Return the text behind a cipher, contacts still replaced. The caller has the day's key from the vault."""
    return AESGCM(key).decrypt(cipher[:NONCE_BYTES], cipher[NONCE_BYTES:], None).decode()
