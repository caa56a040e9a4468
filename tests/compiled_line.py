"""Naive rows through the compiled line: the same events as a matrix, observed and judged by the core's own machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from stanch.decide.funds import make_funds
from stanch.decide.stops import Batch
from stanch.engine.rules import load_rules
from stanch.features.conditions import COLUMN_TYPES, ValueType
from stanch.features.definition import Feature
from stanch.features.journal import Journal
from stanch.features.live import Observer, observer_for
from stanch.features.machine import judge
from stanch.features.plan import KIND_NUMBER
from stanch.features.program import DEPTH, Names, compile_condition, join
from stanch.model.columns import BY_NAME, INDEX, MATRIX, NULL, ColumnType
from stanch.typologies.catalogue import Catalogue
from stanch.typologies.definition import Typology

Ints = npt.NDArray[np.int64]

START = load_rules()
Row = Mapping[str, Any]  # a cell is whatever its column holds: int, str or None


class Codes:
    """Small codes for entities and for words, in order of appearance."""

    def __init__(self) -> None:
        self.entities: dict[str, int] = {}
        self.words: dict[str, int] = {}

    def word(self, word: str) -> int:
        return self.words.setdefault(word, len(self.words))

    def cell(self, name: str, value: Any) -> int:  # noqa: ANN401 - a cell is int, str or None
        if value is None:
            return NULL
        if BY_NAME[name].type is ColumnType.ENTITY:
            return self.entities.setdefault(value, len(self.entities))
        return self.word(value) if BY_NAME[name].type is ColumnType.SYMBOL else int(value)

    def spelled(self, kind: ValueType, value: int) -> int | str | None:
        if value == NULL:
            return None
        known = {ValueType.ENTITY: self.entities, ValueType.SYMBOL: self.words}.get(kind)
        return value if known is None else list(known)[value]

    def matrix(self, rows: Sequence[Row]) -> Ints:
        return np.array([[self.cell(name, row.get(name)) for name in MATRIX] for row in rows], dtype=np.int64)


def wanted(catalogue: Catalogue) -> dict[str, list[Feature]]:
    """Return the features of the whole catalogue by the kind they are judged on."""
    by_kind: dict[str, list[Feature]] = {}
    for typology in catalogue.typologies:
        by_kind.setdefault(typology.on, []).extend(typology.features.values())
    return by_kind


def observed(catalogue: Catalogue, typology: Typology, rows: Sequence[Row], batch: int) -> list[dict[str, Any]]:
    """Return the features of every row of the typology's kind, seen in batches of a size."""
    line = _Line(catalogue, rows, batch)
    places = {name: line.observer.plan.place(typology.on, feature) for name, feature in typology.features.items()}
    return [
        {
            name: line.codes.spelled(typology.features[name].type, int(line.features[at][place]))
            for name, place in places.items()
        }
        for at, row in enumerate(rows)
        if row["kind"] == typology.on
    ]


def hits(catalogue: Catalogue, typology: Typology, rows: Sequence[Row]) -> list[int]:
    """Return the positions of the rows at which the typology fires."""
    line = _Line(catalogue, rows, len(rows))
    places = {name: line.observer.plan.place(typology.on, feature) for name, feature in typology.features.items()}
    names = Names(INDEX, places, typology.types, typology.parameters, line.codes.word)
    code, fractions, starts = join([compile_condition(typology.when, names)])
    whole, broken = np.empty(DEPTH, dtype=np.int64), np.empty(DEPTH, dtype=np.float64)
    own = [at for at, row in enumerate(rows) if row["kind"] == typology.on]
    end = int(starts[-1])
    return [at for at in own if judge(code, fractions, 0, end, line.matrix[at], line.features[at], whole, broken) == 1]


@dataclass(frozen=True)
class _Strings:
    """What is carried beside the rows."""

    rows: Sequence[Row]

    def __call__(self, column: str, row: int) -> str | None:
        found = self.rows[row].get(column)
        return None if found is None else str(found)


def _digest(ref: str | None) -> int:
    return 0 if ref is None else int.from_bytes(blake2b(ref.encode(), digest_size=7).digest(), "little")


class _Line:
    """All rows, observed."""

    def __init__(self, catalogue: Catalogue, rows: Sequence[Row], batch: int) -> None:
        self.codes = Codes()
        self.matrix = self.codes.matrix(rows)
        self.observer: Observer = observer_for(wanted(catalogue), self.codes.word)
        kinds = np.array([KIND_NUMBER[row["kind"]] for row in rows], dtype=np.int64)
        journal = Journal(self.observer.plan, Names(INDEX, {}, COLUMN_TYPES, {}, self.codes.word))
        journal.know_kinds({kind: self.codes.word(kind) for kind in KIND_NUMBER})
        funds = make_funds(self.observer.plan, START.policy.follow, START.law, self.codes.word)
        refs = np.array([_digest(row.get("ref")) for row in rows], dtype=np.uint64)
        cuts = [slice(at, at + batch) for at in range(0, len(rows), batch)]
        seen = []
        for cut in cuts:
            part = self.observer.observe(self.matrix[cut], kinds[cut], len(self.codes.entities))
            journal.enter_batch(self.matrix[cut], kinds[cut])
            journal.read(self.matrix[cut], kinds[cut], part)
            funds.step(Batch(self.matrix[cut], kinds[cut], refs[cut], _Strings(rows[cut])), part)
            seen.append(part)
        self.features = np.concatenate(seen)
