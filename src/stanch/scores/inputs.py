"""From events and their windows to what a model reads: one matrix of fractions, NaN where a number is not known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.features.machine import judge_rows, number_rows
from stanch.features.plan import Plan
from stanch.features.program import Names, compile_condition, compile_number, join
from stanch.model.columns import INDEX
from stanch.scores.definition import Definition

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_ONLY: Final = np.array([0, 1], dtype=np.int64)
_FIRST: Final = np.array([0], dtype=np.int64)


class Inputs:
    """The inputs of one model, compiled for the places at which a plan observes its features."""

    def __init__(self, definition: Definition, plan: Plan, word: Callable[[str], int]) -> None:
        self.definition = definition
        places = {name: plan.place(definition.on, feature) for name, feature in definition.features.items()}
        names = Names(INDEX, places, definition.types, {}, word)
        self._programs = join([compile_number(each.value, names) for each in definition.inputs.values()])
        self._gate = None if definition.when is None else join([compile_condition(definition.when, names)])

    def asked(self, rows: Ints, features: Ints, picked: Ints) -> Ints:
        """Return those of the picked rows on which the model is asked: ``when`` is true."""
        if self._gate is None or not len(picked):
            return picked
        code, fractions, starts = self._gate
        hits = np.empty((len(picked), 2), dtype=np.int64)
        kinds = np.zeros(len(rows), dtype=np.int64)  # all picked rows are of the model's kind
        count = judge_rows(code, fractions, starts, _ONLY, _FIRST, kinds, rows, features, picked, hits)
        return hits[:count, 0].copy()

    def read(self, rows: Ints, features: Ints, picked: Ints) -> Floats:
        """Return the inputs (picked, inputs) of the picked rows."""
        out = np.empty((len(picked), len(self.definition.inputs)))
        number_rows(*self._programs, rows, features, picked, out)
        return out
