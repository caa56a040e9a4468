"""Fitting the text model with scikit-learn, in two stages that never learn from the same family.

First the pieces of texts are weighed; then what they say of families that they were not learned from is weighed
together with the facts (``text.evidence``). So a fact weighs what it is worth on a family nobody has seen, and how sure
the sum is was learned there too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import numpy.typing as npt

from stanch.lab.wording.families import Sample, family_samples
from stanch.lab.wording.sources import read_sources
from stanch.model.errors import ConfigError
from stanch.model.plain import plain_from_yaml
from stanch.store.text_files import shipped_lexicon
from stanch.text.evidence import Evidence, make_cues
from stanch.text.model import CLASSES, Card, weighed, write_model
from stanch.text.ngrams import SLOTS, pieces_of
from stanch.text.reading import read_all

#: Texts made of each template.
EACH: Final = 8
#: Folds of families that the second stage learns from.
FOLDS: Final = 4
#: Inverse strengths of the regularisation of the two stages.
_C: Final = 4.0
_C_FACTS: Final = 0.1
_ROUNDS: Final = 200
_DIGITS: Final = 6

Logits = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


class CueFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The cues that a model is learned with."""

    cues: dict[str, tuple[str, ...]]
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Samples as a sparse table (texts x slots), their facts, classes and how much each weighs."""

    table: Any  # Any: scipy ships no types
    facts: Evidence
    classes: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights of pieces (slots x classes) and bias; weights of the second stage (numbers x classes) and bias."""

    weights: npt.NDArray[np.float64]
    bias: npt.NDArray[np.float64]
    evidence: npt.NDArray[np.float64]
    level: npt.NDArray[np.float64]

    def logits(self, pieces: Pieces, rows: Rows | None = None) -> Logits:
        """Return the logits (texts x classes) of rows of a table."""
        rows = np.arange(len(pieces.classes)) if rows is None else rows
        first = np.asarray(pieces.table[rows] @ self.weights + self.bias)
        return np.asarray(weighed(first, pieces.facts[rows]) @ self.evidence + self.level)


def cue_file() -> CueFile:
    """Return the cues that come with Stanch."""
    text = resources.files("stanch.lab.wording").joinpath("cues.yaml").read_text(encoding="utf-8")
    return msgspec.convert(plain_from_yaml(text, "cues.yaml"), CueFile)


def all_samples(data: Path, seed: int) -> list[Sample]:
    """Return everything that the shipped model is learned from."""
    return [*family_samples(seed, EACH), *read_sources(data, seed)]


def train(samples: Sequence[Sample], seed: int, tell: Callable[[str], None]) -> bytes:
    """Return the bytes of a model: equal samples give equal bytes. ``seed`` is what they were drawn with."""
    tell(f"{len(samples):,} texts; weighing facts on {FOLDS} folds of families")
    whole = fit(samples, pieces_of_samples(samples))
    counts = Counter(f"{sample.source}/{sample.class_}" for sample in samples)
    told = cue_file()
    card = Card(
        CLASSES, SLOTS, seed, dict(sorted(counts.items())), tuple(whole.bias.round(_DIGITS).tolist()), told.cues,
        told.pairs, tuple(tuple(row) for row in whole.evidence.round(_DIGITS).tolist()),
        tuple(whole.level.round(_DIGITS).tolist()),
    )  # fmt: skip
    return write_model(card, whole.weights)


def pieces_of_samples(samples: Sequence[Sample], first: int | None = None) -> Pieces:
    """Return samples as a table; with ``first``, of each text only that many characters are read."""
    from scipy.sparse import csr_matrix

    told = cue_file()
    texts = [sample.text if first is None else sample.text[:first] for sample in samples]
    read = read_all(texts, shipped_lexicon(), make_cues(told.cues, told.pairs))
    slots, stops = pieces_of(read.codes, read.ends)
    rows = np.repeat(np.arange(len(samples)), np.diff(stops, prepend=0))
    table = csr_matrix((np.ones(len(rows)), (rows, slots)), (len(samples), SLOTS))
    counts = np.maximum(np.diff(table.indptr), 1)
    table.data /= np.sqrt(np.repeat(counts, np.diff(table.indptr)))
    classes = np.array([CLASSES.index(sample.class_) for sample in samples], np.int64)
    return Pieces(table, read.facts, classes, _weights(samples))


def _weights(samples: Sequence[Sample]) -> npt.NDArray[np.float64]:
    """Return weights that let a source with many texts of a class speak louder, by the root of their number."""
    keys = [(sample.source, sample.class_, sample.text.isascii()) for sample in samples]
    counts = Counter(keys)
    weights = np.array([1 / np.sqrt(counts[key]) for key in keys])
    scaled: npt.NDArray[np.float64] = weights / weights.mean()
    return scaled


def fit(samples: Sequence[Sample], pieces: Pieces, rows: Rows | None = None) -> Fit:
    """Return both stages fitted on rows of a table; a class without a sample gets no weights and a low bias."""
    rows = np.arange(len(samples)) if rows is None else rows
    fold = folds_of([samples[row] for row in rows], FOLDS)
    first = np.zeros((len(rows), len(CLASSES)))
    for number in np.unique(fold):
        seen, unseen = rows[fold != number], rows[fold == number]
        weights, bias = _pieces_weighed(pieces, seen if len(seen) else unseen)
        first[fold == number] = pieces.table[unseen] @ weights + bias
    table = weighed(first, pieces.facts[rows])
    evidence, level = _learned(table, pieces.classes[rows], pieces.weights[rows], _C_FACTS)
    return Fit(*_pieces_weighed(pieces, rows), evidence, level)


def _pieces_weighed(pieces: Pieces, rows: Rows) -> tuple[Logits, Logits]:
    """Return weights of pieces and bias; slots that no text uses take no part, and have no weight."""
    table = pieces.table[rows]
    used = np.unique(table.indices)
    weights = np.zeros((SLOTS, len(CLASSES)))
    weights[used], bias = _learned(table[:, used], pieces.classes[rows], pieces.weights[rows], _C)
    return weights, bias


def _learned(
    table: Any,  # noqa: ANN401 scipy ships no types
    classes: Rows,
    weights: Logits,
    strength: float,
) -> tuple[Logits, Logits]:
    """Return weights (columns x classes) and bias of a logistic regression."""
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        raise ConfigError("scikit-learn is not installed; install the extra: pip install 'stanch[learn]'") from None
    learner = LogisticRegression(C=strength, max_iter=_ROUNDS, tol=1e-3)
    learner.fit(table, classes, weights)
    out, bias = np.zeros((table.shape[1], len(CLASSES))), np.full(len(CLASSES), -10.0)
    coefficients, intercepts = learner.coef_, learner.intercept_
    if len(learner.classes_) == 2:  # one row of weights, for the second class
        coefficients = np.vstack([-coefficients, coefficients]) / 2
        intercepts = np.hstack([-intercepts, intercepts]) / 2
    out[:, learner.classes_] = coefficients.T
    bias[learner.classes_] = intercepts
    return out, bias


def folds_of(samples: Sequence[Sample], folds: int) -> npt.NDArray[np.int64]:
    """Return a fold for each sample: a group is kept together, the groups of a source and class are dealt in turn."""
    groups = sorted({(sample.source, sample.class_, sample.group) for sample in samples})
    turn: Counter[tuple[str, str]] = Counter()
    fold: dict[tuple[str, str], int] = {}
    for source, class_, group in groups:
        fold[source, group] = fold.get((source, group), turn[source, class_] % folds)
        turn[source, class_] += 1
    return np.array([fold[sample.source, sample.group] for sample in samples], np.int64)
