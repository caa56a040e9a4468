"""Marks: how well scores put fraud first, for cards drawn again and again, so that each mark has an interval.

ROC AUC and average precision count equal scores as one step. *Card precision* is the handbook's: each day the hundred
cards with the highest score are looked at; the share of them with a fraud that day, averaged over days; a card that was
found is not looked at again. Cards with equal scores stand in the order in which the log first named them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: How many cards a day are looked at.
A_DAY: Final = 100
MARKS: Final = ("roc_auc", "average_precision", "card_precision")


@dataclass(frozen=True, slots=True)
class Trial:
    """Events that were tested: whether each was fraud, its card and its day, all (n,)."""

    fraud: Bools
    card: Ints
    day: Ints


@dataclass(frozen=True, slots=True)
class _Day:
    """The cards of one day, highest score first."""

    card: Ints
    fraud: Floats


class Ranked:
    """Scores of one model on tested events, sorted once; the marks for any weights of the cards."""

    def __init__(self, tested: Trial, scores: Floats) -> None:
        order = np.argsort(-scores, kind="stable")
        self._card = tested.card[order]
        self._fraud = tested.fraud[order].astype(np.float64)
        self._last = np.flatnonzero(np.diff(scores[order], append=-np.inf))
        self._days = [_day(tested, scores, day) for day in np.unique(tested.day)]

    def marks(self, weights: Floats) -> Floats:
        """Return the marks in the order of ``MARKS``; ``weights`` (cards,) say how often each card counts.

        NaN where there is no fraud, or nothing else.
        """
        weight = weights[self._card]
        fraud = np.cumsum(weight * self._fraud)[self._last]
        other = np.cumsum(weight * (1 - self._fraud))[self._last]
        if not len(fraud) or fraud[-1] <= 0 or other[-1] <= 0:
            return np.full(len(MARKS), np.nan)
        recall, fallout = fraud / fraud[-1], other / other[-1]
        area = float(np.trapezoid(np.append(0.0, recall), np.append(0.0, fallout)))
        seen = fraud + other
        average = float((np.diff(recall, prepend=0.0) * fraud / np.where(seen > 0, seen, 1.0)).sum())
        return np.array([area, average, self._card_precision(weights)])

    def _card_precision(self, weights: Floats) -> float:
        found = np.zeros(len(weights), dtype=np.bool_)
        shares = []
        for day in self._days:
            weight = np.where(found[day.card], 0.0, weights[day.card])
            looked = np.clip(A_DAY - (np.cumsum(weight) - weight), 0.0, weight)
            shares.append(float((looked * day.fraud).sum()) / A_DAY)
            found[day.card[(looked > 0) & (day.fraud > 0)]] = True
        return float(np.mean(shares))


def _day(tested: Trial, scores: Floats, day: int) -> _Day:
    """Take the highest score and the worst outcome of each card."""
    here = tested.day == day
    cards, place = np.unique(tested.card[here], return_inverse=True)
    highest, fraud = np.full(len(cards), -np.inf), np.zeros(len(cards))
    np.maximum.at(highest, place, scores[here])
    np.maximum.at(fraud, place, tested.fraud[here].astype(np.float64))
    order = np.argsort(-highest, kind="stable")
    return _Day(cards[order], fraud[order])


def drawn(cards: int, times: int, seed: int) -> Floats:
    """Return weights (times, cards): how often each card is drawn when as many are drawn as there are."""
    chance = np.random.default_rng(seed)
    return np.stack([np.bincount(chance.integers(0, cards, cards), minlength=cards) for _ in range(times)]).astype(
        float
    )
