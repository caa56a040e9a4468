"""Fitting the text model with scikit-learn: weights from samples, sureness from families that it did not see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stanch.lab.wording.families import Sample, family_samples
from stanch.lab.wording.sources import read_sources
from stanch.model.errors import ConfigError
from stanch.store.text_files import shipped_lexicon
from stanch.text.lexicon import Lexicon
from stanch.text.model import CLASSES, Card, chances, extra_slots, write_model
from stanch.text.ngrams import SLOTS, pieces_of
from stanch.text.normal import normalise_all

#: Texts made of each template.
EACH: Final = 8
FOLDS: Final = 4
#: Inverse strength of the regularisation. At 0.5 an ad of a family that was learned from was no longer told apart.
_C: Final = 4.0
_ROUNDS: Final = 200
_HEATS: Final = np.geomspace(0.2, 5.0, 97)

Logits = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Samples as a sparse table (texts x slots), their classes and how much each weighs."""

    table: Any  # Any: scipy ships no types
    classes: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fit:
    """Weights (slots x classes) and bias."""

    weights: npt.NDArray[np.float64]
    bias: npt.NDArray[np.float64]

    def logits(self, pieces: Pieces) -> Logits:
        """Return logits (texts x classes)."""
        return np.asarray(pieces.table @ self.weights + self.bias)


def all_samples(data: Path, seed: int) -> list[Sample]:
    """Return everything that the shipped model is learned from."""
    return [*family_samples(seed, EACH), *read_sources(data, seed)]


def train(data: Path, seed: int, tell: Callable[[str], None]) -> bytes:
    """Return the bytes of a model: equal files and seed draw and fit the same texts."""
    samples = all_samples(data, seed)
    pieces = pieces_of_samples(samples, shipped_lexicon())
    tell(f"{len(samples):,} texts; calibrating on {FOLDS} folds of families")
    heat = _temperature(samples, pieces)
    tell(f"temperature {heat:.3f}; fitting on all")
    whole = fit(pieces)
    counts = Counter(f"{sample.source}/{sample.class_}" for sample in samples)
    card = Card(CLASSES, SLOTS, seed, round(heat, 4), dict(sorted(counts.items())), tuple(whole.bias.round(6).tolist()))
    return write_model(card, whole.weights)


def pieces_of_samples(samples: Sequence[Sample], lexicon: Lexicon | None, first: int | None = None) -> Pieces:
    """Return samples as a table; with ``first``, of each text only that many characters are read."""
    from scipy.sparse import csr_matrix

    normals = normalise_all([s.text if first is None else s.text[:first] for s in samples])
    slots, stops = pieces_of(normals)
    ones = [normals.one(row) for row in range(len(samples))]
    kinds = [frozenset(h.term.kind for h in lexicon.find_in(one)) if lexicon else frozenset() for one in ones]
    extra = extra_slots(kinds)
    rows = np.repeat(np.arange(len(samples)), np.diff(stops, prepend=0))
    where = np.nonzero(extra >= 0)
    rows, slots = np.concatenate([rows, where[0]]), np.concatenate([slots, extra[where]])
    table = csr_matrix((np.ones(len(rows)), (rows, slots)), (len(samples), SLOTS))
    table.data[:] = 1.0
    counts = np.maximum(np.diff(table.indptr), 1)
    table.data /= np.sqrt(np.repeat(counts, np.diff(table.indptr)))
    classes = np.array([CLASSES.index(sample.class_) for sample in samples], np.int64)
    return Pieces(table, classes, _weights(samples))


def _weights(samples: Sequence[Sample]) -> npt.NDArray[np.float64]:
    """Return weights that let a source with many texts of a class speak louder, by the root of their number."""
    keys = [(sample.source, sample.class_, sample.text.isascii()) for sample in samples]
    counts = Counter(keys)
    weights = np.array([1 / np.sqrt(counts[key]) for key in keys])
    scaled: npt.NDArray[np.float64] = weights / weights.mean()
    return scaled


def fit(pieces: Pieces, rows: npt.NDArray[np.int64] | None = None) -> Fit:
    """Return weights fitted on the rows of a table; a class without a sample gets none and a low bias."""
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        raise ConfigError("scikit-learn is not installed; install the extra: pip install 'stanch[learn]'") from None
    rows = np.arange(len(pieces.classes)) if rows is None else rows
    learner = LogisticRegression(C=_C, max_iter=_ROUNDS, tol=1e-3)
    learner.fit(pieces.table[rows], pieces.classes[rows], pieces.weights[rows])
    weights = np.zeros((SLOTS, len(CLASSES)))
    bias = np.full(len(CLASSES), -10.0)
    coefficients, intercepts = learner.coef_, learner.intercept_
    if len(learner.classes_) == 2:  # one row of weights, for the second class
        coefficients, intercepts = (
            np.vstack([-coefficients, coefficients]) / 2,
            np.hstack([-intercepts, intercepts]) / 2,
        )
    weights[:, learner.classes_] = coefficients.T
    bias[learner.classes_] = intercepts
    return Fit(weights, bias)


def folds_of(samples: Sequence[Sample], folds: int) -> npt.NDArray[np.int64]:
    """Return a fold for each sample: a group is kept together, the groups of a source and class are dealt in turn."""
    groups = sorted({(sample.source, sample.class_, sample.group) for sample in samples})
    turn: Counter[tuple[str, str]] = Counter()
    fold: dict[tuple[str, str], int] = {}
    for source, class_, group in groups:
        fold[source, group] = fold.get((source, group), turn[source, class_] % folds)
        turn[source, class_] += 1
    return np.array([fold[sample.source, sample.group] for sample in samples], np.int64)


def held_out_logits(samples: Sequence[Sample], pieces: Pieces, folds: int) -> Logits:
    """Return for each sample the logits of a fit that saw nothing of its group."""
    fold = folds_of(samples, folds)
    out = np.zeros((len(samples), len(CLASSES)))
    for number in range(folds):
        unseen = np.flatnonzero(fold == number)
        model = fit(pieces, np.flatnonzero(fold != number))
        out[unseen] = pieces.table[unseen] @ model.weights + model.bias
    return out


def _temperature(samples: Sequence[Sample], pieces: Pieces) -> float:
    """Return what logits are divided by so that scores of unseen families are as sure as they are right."""
    logits = held_out_logits(samples, pieces, FOLDS)
    rows = np.arange(len(samples))

    def loss(heat: float) -> float:
        sure = chances((logits / heat).astype(np.float32))[rows, pieces.classes]
        return float(-(pieces.weights * np.log(np.maximum(sure, 1e-12))).sum())

    return float(min(_HEATS, key=loss))
