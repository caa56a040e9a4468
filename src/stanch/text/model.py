"""The text model: what each piece of a text says for each class, and how sure the sum is.

Linear on purpose: a score is a sum over pieces, so the words that decided are known exactly and not guessed.
The model is bytes that the caller brings; nothing of the texts that it was learned from is in it.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from stanch.model.errors import ConfigError
from stanch.text.lexicon import KINDS as LEXICON_KINDS
from stanch.text.ngrams import SLOTS, Slots, Weights

#: What a text can be. An advert is unasked and lawful as far as its words go.
CLASSES: Final = ("scam", "trade", "advert", "ordinary")
_FORMAT: Final = b"stanch-text-1\n"


class Card(msgspec.Struct, frozen=True):
    """What the model was made from, and how: texts by source and class, seed, temperature of the calibration."""

    classes: tuple[str, ...]
    slots: int
    seed: int
    temperature: float
    texts: dict[str, int]
    bias: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TextModel:
    """A model ready to score: weights (slots x classes) already divided by the temperature; ``version`` names it."""

    card: Card
    weights: Weights
    bias: Weights
    version: str


def write_model(card: Card, weights: npt.NDArray[np.float64]) -> bytes:
    """Return a model as bytes, weights in half precision."""
    header = msgspec.json.encode(card)
    body = zlib.compress(np.ascontiguousarray(weights.T, np.float16).tobytes(), 9)
    return b"".join((_FORMAT, len(header).to_bytes(4, "little"), header, body))


def read_model(raw: bytes, name: str) -> TextModel:
    """Return the model of its bytes. Raises ConfigError where they are no model of this version."""
    try:
        if not raw.startswith(_FORMAT):
            raise ValueError("unknown form")
        begin = len(_FORMAT) + 4
        end = begin + int.from_bytes(raw[begin - 4 : begin], "little")
        card = msgspec.json.decode(raw[begin:end], type=Card)
        flat = np.frombuffer(zlib.decompress(raw[end:]), np.float16).astype(np.float32)
        weights = np.ascontiguousarray(flat.reshape(len(CLASSES), SLOTS).T)
        if card.classes != CLASSES or card.slots != SLOTS:
            raise ValueError("other classes")
    except (ValueError, zlib.error, msgspec.DecodeError) as error:
        raise ConfigError(f"{name}: not a text model of this version ({error}); train one: stanch text train") from None
    heat = np.float32(card.temperature)
    version = hashlib.sha256(raw).hexdigest()[:12]
    return TextModel(card, weights / heat, np.array(card.bias, np.float32) / heat, version)


def chances(logits: Weights) -> npt.NDArray[np.float64]:
    """Return the scores by class (texts x classes); those of a text add up to 1."""
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    shares: npt.NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares


def lexicon_slot(kind: str) -> int:
    """Return the slot of the table that stands for a kind of the lexicon: pieces of texts share it by chance only."""
    return (LEXICON_KINDS.index(kind) * 40_503 + 7) % SLOTS


def extra_slots(kinds: list[frozenset[str]]) -> Slots:
    """Return the further slots of texts in which terms of these kinds were found."""
    extra = np.full((len(kinds), len(LEXICON_KINDS)), -1, np.int32)
    for row, found in enumerate(kinds):
        for kind in found:
            extra[row, LEXICON_KINDS.index(kind)] = lexicon_slot(kind)
    return extra
