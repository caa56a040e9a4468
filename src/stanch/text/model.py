"""The text model: what each piece of a text says for each class, and what that and the evidence together say.

Linear on purpose: a score is a sum over pieces and facts, so the words that decided are known exactly and not guessed.
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

from stanch.model.compiled import compiled
from stanch.model.errors import ConfigError
from stanch.text.evidence import Cues, Evidence, Pairs, make_cues, with_language
from stanch.text.ngrams import SLOTS, Weights

#: What a text can be. An advert is unasked and lawful as far as its words go.
CLASSES: Final = ("scam", "trade", "advert", "ordinary")
_FORMAT: Final = b"stanch-text-2\n"
#: Logits of pieces are brought to the size of facts.
_SIZE: Final = 3.0


class Card(msgspec.Struct, frozen=True):
    """What the model was made from, and how: texts by source and class, seed, cues and what each fact weighs.

    ``evidence`` holds the weights by class of each number of the second stage: the logits of pieces, then the facts,
    then both again for texts in Latin letters; ``bias`` is that of the pieces, ``level`` that of the second stage.
    """

    classes: tuple[str, ...]
    slots: int
    seed: int
    texts: dict[str, int]
    bias: tuple[float, ...]
    cues: dict[str, tuple[str, ...]]
    pairs: Pairs
    evidence: tuple[tuple[float, ...], ...]
    level: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TextModel:
    """A model ready to score: weights of pieces (slots x classes), cues, and the second stage; ``version`` names it."""

    card: Card
    weights: Weights
    bias: Weights
    cues: Cues
    evidence: Evidence
    level: Evidence
    version: str

    def scores(self, logits: Weights, facts: Evidence) -> Evidence:
        """Return the scores (texts x classes) of the logits of pieces and the facts of texts."""
        sums = np.empty((len(logits), len(CLASSES)))
        _add_up(weighed(logits, facts), self.evidence, self.level, sums)
        return chances(sums)

    def weighing(self, latin: bool, towards: int, against: int) -> Evidence:
        """Return what each logit of pieces, and each fact, adds to one class against another in such a text."""
        half = len(self.evidence) // 2
        both = self.evidence[:half] + (self.evidence[half:] if latin else 0.0)
        told: Evidence = both[:, towards] - both[:, against]
        told[: len(CLASSES)] /= _SIZE
        return told


def weighed(logits: npt.NDArray[np.floating], facts: Evidence) -> Evidence:
    """Return the numbers of the second stage (texts x numbers)."""
    return with_language(np.hstack([logits.astype(np.float64) / _SIZE, facts]))


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
        cues = make_cues(card.cues, card.pairs)
        if np.shape(card.evidence) != (2 * (len(CLASSES) + len(cues.names)), len(CLASSES)):
            raise ValueError("other facts")
    except (ValueError, zlib.error, msgspec.DecodeError) as error:
        raise ConfigError(f"{name}: not a text model of this version ({error}); train one: stanch text train") from None
    version = hashlib.sha256(raw).hexdigest()[:12]
    evidence, level = np.array(card.evidence), np.array(card.level)
    return TextModel(card, weights, np.array(card.bias, np.float32), cues, evidence, level, version)


@compiled
def _add_up(numbers: Evidence, evidence: Evidence, level: Evidence, out: Evidence) -> None:
    """Add up in one order, however many texts there are: a matrix product would round otherwise for some batches."""
    for row in range(len(numbers)):
        for which in range(len(level)):
            total = level[which]
            for place in range(len(evidence)):
                total += numbers[row, place] * evidence[place, which]
            out[row, which] = total


def chances(logits: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return the scores by class (texts x classes); those of a text add up to 1."""
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    shares: npt.NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares
