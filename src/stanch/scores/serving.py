"""Serving: learned models asked on the events that need them, their scores beside the other features."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stanch.features.definition import LEARNED, Feature
from stanch.features.plan import KIND_NUMBER, Plan
from stanch.model.columns import NULL
from stanch.scores.definition import Input
from stanch.scores.explaining import Games, contributions, games_of
from stanch.scores.inputs import Inputs
from stanch.scores.model import Model
from stanch.scores.walks import margins

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """What one input had to do with a score: its name, how it is called, its value, and the log odds that it added."""

    name: str
    of: Input
    value: float | None
    added: float


@dataclass(frozen=True, slots=True)
class _Served:
    model: Model
    inputs: Inputs
    place: int
    games: Games


class Scores:
    """Asks the models. Holds no state of its own: a score depends on the row and its features alone."""

    def __init__(self, models: Iterable[Model], plan: Plan, word: Callable[[str], int]) -> None:
        places = {kind: place for kind, name, place in plan.computed if name == LEARNED}
        asked = ((KIND_NUMBER[model.definition.on], model) for model in models)
        self._places = places
        self._served = {kind: _served(model, plan, places[kind], word) for kind, model in asked if kind in places}

    def score(self, rows: Ints, kinds: Ints, features: Ints) -> None:
        """Write the score of every row that a model is asked on into its place, NULL on all others.

        ``rows`` (n, columns), ``kinds`` (n,), ``features`` (n, width).
        """
        for kind, place in self._places.items():
            features[kinds == kind, place] = NULL
        for kind, served in self._served.items():
            picked = served.inputs.asked(rows, features, np.flatnonzero(kinds == kind))
            if len(picked):
                raw = margins(served.model.cuts, served.inputs.read(rows, features, picked))
                features[picked, served.place] = served.model.calibrated(raw)

    def explain(self, kind: int, row: Ints, features: Ints) -> list[Part]:
        """Return what moved the score of one row, the strongest push towards fraud first; nothing without a model."""
        served = self._served.get(kind)
        if served is None:
            return []
        values = served.inputs.read(row[None, :], features[None, :], np.zeros(1, dtype=np.int64))[0]
        added = served.model.slope * contributions(served.games, values)
        told = [
            Part(name, each, None if np.isnan(value) else float(value), float(push))
            for (name, each), value, push in zip(served.model.definition.inputs.items(), values, added, strict=True)
        ]
        return sorted(told, key=lambda part: (-part.added, part.name))


def features_of(models: Iterable[Model]) -> Mapping[str, Sequence[Feature]]:
    """Return the features that models read, by the kind of event on which they are asked."""
    return {model.definition.on: tuple(model.definition.features.values()) for model in models}


def _served(model: Model, plan: Plan, place: int, word: Callable[[str], int]) -> _Served:
    return _Served(model, Inputs(model.definition, plan, word), place, games_of(model.trees))
