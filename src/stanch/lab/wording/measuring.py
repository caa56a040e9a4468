"""What the text model does with texts that it never saw the like of, beside a baseline that reads six characters.

A split keeps families, dialog categories and whole sources apart. The same learner on the first six characters of each
text shows what the way a text opens gives away: what is above it was found in what the text says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from stanch.lab.wording.families import Sample, set_aside_samples
from stanch.lab.wording.fitting import EACH, FOLDS, Logits, Pieces, all_samples, fit, folds_of, pieces_of_samples
from stanch.text.model import CLASSES, chances

FIRST: Final = 6
#: A text is shown to somebody from this score on.
ALARM: Final = 0.5
#: Which share of honest texts may alarm where recall is read at a fixed cost.
COST: Final = 0.01
_BINS: Final = 10

Scores = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class Line(msgspec.Struct, frozen=True):
    """One line of the table. Shares are of 1; None where there is no text of that side.

    ``gap`` is the expected calibration error: how far scores are from the share of bad texts, on average.
    """

    split: str
    texts_of: str
    bad: int
    honest: int
    auc: float | None
    auc_six: float | None
    found_at_cost: float | None
    found_at_cost_six: float | None
    found: float | None
    false_alarms: float | None
    gap: float


@dataclass(frozen=True, slots=True)
class _Both:
    """The samples as read in full and by their first characters."""

    samples: list[Sample]
    learned: int  # samples before this place may be learned from
    full: Pieces
    six: Pieces


def measure_texts(data: Path, seed: int, tell: Callable[[str], None]) -> list[Line]:
    """Return the table."""
    return measure_samples(all_samples(data, seed), set_aside_samples(seed, EACH), seed, tell)


def measure_samples(
    learned: Sequence[Sample], aside: Sequence[Sample], seed: int, tell: Callable[[str], None]
) -> list[Line]:
    """Return the table of samples; of those set aside nothing is learned."""
    samples = [*learned, *aside]
    both = _Both(samples, len(learned), pieces_of_samples(samples), pieces_of_samples(samples, FIRST))
    lines: list[Line] = []
    for split, logits in _splits(both, seed):
        tell(f"measured: {split}")
        lines += _lines(split, both, *logits)
    return lines


def _splits(both: _Both, seed: int) -> Iterator[tuple[str, tuple[Logits, Logits]]]:
    """Yield each split with logits of all samples that were not learned from, NaN for those that were."""
    yield "families and categories apart", _pair(both, lambda pieces: _held_out(both, pieces))
    sources = np.array([sample.source for sample in both.samples])
    yield "set aside", _pair(both, lambda pieces: _apart(both, sources == "set aside", pieces))
    yield "whole source apart", _pair(both, lambda pieces: _source_apart(both, sources, pieces))
    alone = (sources != "families") & (sources != "set aside")
    yield "learned from families alone", _pair(both, lambda pieces: _apart(both, alone, pieces))
    drawn = np.random.default_rng(seed).random(len(sources)) < 1 / FOLDS
    yield "in the source, at random (sanity)", _pair(both, lambda pieces: _apart(both, drawn, pieces))


def _pair(both: _Both, logits: Callable[[Pieces], Logits]) -> tuple[Logits, Logits]:
    return logits(both.full), logits(both.six)


def _held_out(both: _Both, pieces: Pieces) -> Logits:
    out = np.full((len(both.samples), len(CLASSES)), np.nan)
    fold = np.full(len(both.samples), -1)
    fold[: both.learned] = folds_of(both.samples[: both.learned], FOLDS)
    for number in range(FOLDS):
        out[fold == number] = _apart(both, fold == number, pieces)[fold == number]
    return out


def _apart(both: _Both, unseen: Flags, pieces: Pieces) -> Logits:
    rows = np.flatnonzero((np.arange(len(both.samples)) < both.learned) & ~unseen)
    out = np.full((len(both.samples), len(CLASSES)), np.nan)
    if len(rows) and unseen.any():
        out[unseen] = fit(both.samples, pieces, rows).logits(pieces, np.flatnonzero(unseen))
    return out


def _source_apart(both: _Both, sources: npt.NDArray[np.str_], pieces: Pieces) -> Logits:
    out = np.full((len(both.samples), len(CLASSES)), np.nan)
    for source in np.unique(sources[: both.learned]):
        unseen = sources == source
        out[unseen] = _apart(both, unseen, pieces)[unseen]
    return out


def _lines(split: str, both: _Both, full: Logits, six: Logits) -> Iterator[Line]:
    seen = np.isnan(full[:, 0])
    for name, rows, bad_classes in _groups(both.samples):
        chosen = rows & ~seen
        if chosen.any():
            bad = np.array([sample.class_ in bad_classes for sample in both.samples])[chosen]
            scores = (_bad_score(logits[chosen], bad_classes) for logits in (full, six))
            yield _line(split, name, bad, *scores)


def _groups(samples: Sequence[Sample]) -> Iterator[tuple[str, Flags, tuple[str, ...]]]:
    """Yield what is measured: a name, its texts, and which classes are bad there."""
    source = np.array([sample.source for sample in samples])
    class_ = np.array([sample.class_ for sample in samples])
    chinese = np.array([sample.group.startswith("zh_") for sample in samples])
    families = source == "families"
    yield "dialogs", source == "dialogs", ("scam", "trade")
    aside = source == "set aside"
    for whose, chosen in (("families", families), ("set aside", aside)):
        for language, ours in (("zh", chosen & chinese), ("en", chosen & ~chinese)):
            yield f"{whose} {language}: scam, trade against honest", ours, ("scam", "trade")
            yield f"{whose} {language}: trade against the rest", ours, ("trade",)
            yield f"{whose} {language}: adverts alone", ours & (class_ == "advert"), ("scam", "trade")
    yield "messages_en: spam against ham", source == "messages_en", ("scam", "trade", "advert")
    yield "messages_en: ham alone", (source == "messages_en") & (class_ == "ordinary"), ("scam", "trade")
    yield "messages_zh", source == "messages_zh", ("scam", "trade")


def _bad_score(logits: Logits, classes: tuple[str, ...]) -> Scores:
    summed: Scores = chances(logits)[:, [CLASSES.index(c) for c in classes]].sum(axis=1)
    return summed


def _line(split: str, name: str, bad: Flags, score: Scores, six: Scores) -> Line:
    two = bool(bad.any() and not bad.all())
    return Line(
        split, name, int(bad.sum()), int((~bad).sum()),
        auc(score, bad) if two else None, auc(six, bad) if two else None,
        found_at_cost(score, bad) if two else None, found_at_cost(six, bad) if two else None,
        float((score[bad] >= ALARM).mean()) if bad.any() else None,
        float((score[~bad] >= ALARM).mean()) if (~bad).any() else None,
        calibration_gap(score, bad),
    )  # fmt: skip


def auc(score: Scores, bad: Flags) -> float:
    """Return the chance that a bad text scores above an honest one, ties half."""
    order = np.sort(score[~bad])
    below = np.searchsorted(order, score[bad], "left") + np.searchsorted(order, score[bad], "right")
    return float(below.mean() / 2 / len(order))


def found_at_cost(score: Scores, bad: Flags) -> float:
    """Return which share of the bad texts scores above all but ``COST`` of the honest ones."""
    return float((score[bad] > np.quantile(score[~bad], 1 - COST, method="higher")).mean())


def calibration_gap(score: Scores, bad: Flags) -> float:
    """Return the expected calibration error over ten equal bins of the score."""
    bins = np.minimum((score * _BINS).astype(np.int64), _BINS - 1)
    gaps = [abs(score[bins == b].mean() - bad[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(sum(gaps))
