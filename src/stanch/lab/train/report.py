"""What a training run tells: marks by week and model with their intervals, and by how much the best peer is beaten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from stanch.lab.train.marks import MARKS

Floats = npt.NDArray[np.float64]
#: By model: marks (1 + times, marks) over cards as they are, then over cards drawn again.
Draws = dict[str, Floats]

#: The interval that is told: what the middle 95 % of the draws say.
MIDDLE: Final = (2.5, 97.5)
OURS: Final = "Stanch"


class Mark(msgspec.Struct, frozen=True):
    """A number and the interval it lies in, over cards drawn again."""

    value: float
    low: float
    high: float


class Ahead(msgspec.Struct, frozen=True):
    """Our mark less that of the best peer, card by card the same draws."""

    peer: str
    difference: Mark


class WeekReport(msgspec.Struct, frozen=True):
    """One week: what was tested, the marks of each model, and how far ours is ahead of the best peer in each mark."""

    train_from: str
    test_from: str
    test_to: str
    trained_on: int
    trained_fraud: int
    tested: int
    tested_fraud: int
    removed: int
    marks: dict[str, dict[str, Mark]]
    ahead: dict[str, Ahead]


class Trained(msgspec.Struct, frozen=True):
    """What the model that is written was trained on: days, outcomes known by a day, events and how many were fraud."""

    trained_from: str
    trained_to: str
    known_by: str
    trained_on: int
    trained_fraud: int


class TrainReport(msgspec.Struct, frozen=True):
    """All weeks, their mean, and the model that was written."""

    model: str
    hash: str
    trained: Trained
    weeks: tuple[WeekReport, ...]
    marks: dict[str, dict[str, Mark]]
    ahead: dict[str, Ahead]


def told(draws: Draws) -> tuple[dict[str, dict[str, Mark]], dict[str, Ahead]]:
    """Return marks and leads of draws."""
    marks = {model: {name: _mark(values[:, at]) for at, name in enumerate(MARKS)} for model, values in draws.items()}
    peers = [model for model in draws if model != OURS]
    return marks, {name: _ahead(draws, at, peers) for at, name in enumerate(MARKS)} if peers else {}


def mean_of(weeks: Sequence[Draws]) -> Draws:
    """Return the mean over weeks of draws by model."""
    return {model: np.mean([week[model] for week in weeks], axis=0) for model in weeks[0]}


def _mark(values: Floats) -> Mark:
    low, high = np.nanpercentile(values[1:], MIDDLE) if len(values) > 1 else (values[0], values[0])
    return Mark(float(values[0]), float(low), float(high))


def _ahead(draws: Draws, at: int, peers: Sequence[str]) -> Ahead:
    best = max(peers, key=lambda peer: float(draws[peer][0, at]))
    return Ahead(best, _mark(draws[OURS][:, at] - draws[best][:, at]))
