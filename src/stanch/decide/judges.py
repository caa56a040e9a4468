"""Judging: the conditions of all typologies and of the policy's clauses, compiled for the features of each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stanch.decide.because import with_because
from stanch.decide.policy import Clause, Policy
from stanch.features.conditions import COLUMN_TYPES, Condition, ValueType
from stanch.features.definition import LEARNED, Computed, Feature
from stanch.features.machine import judge_rows
from stanch.features.plan import KIND_NUMBER, Plan
from stanch.features.program import Names, Program, compile_condition, join
from stanch.model.columns import INDEX, NULL
from stanch.model.decisions import Decision, Finding
from stanch.model.kinds import KINDS
from stanch.scores.model import Model
from stanch.scores.serving import features_of
from stanch.typologies.catalogue import Catalogue
from stanch.typologies.definition import Typology

Value = int | float | str | None
Ints = npt.NDArray[np.int64]

#: Told with every finding, so that its sentence can name the currency.
_ALWAYS: Final = frozenset({"currency"})


def wanted_features(catalogue: Catalogue, policy: Policy, models: Sequence[Model] = ()) -> dict[str, list[Feature]]:
    """Return the features that must be observed for each kind of event."""
    wanted: dict[str, list[Feature]] = {kind: list(features) for kind, features in features_of(models).items()}
    for typology in catalogue.typologies:
        wanted.setdefault(typology.on, []).extend(typology.features.values())
    for kind in tuple(wanted):
        for clause in policy.clauses(kind):
            wanted[kind].extend(clause.features.values())
    return wanted


@dataclass(frozen=True, slots=True)
class _Programs:
    """Programs laid end to end, and which of them each kind runs."""

    code: Ints
    fractions: npt.NDArray[np.float64]
    starts: Ints
    by_kind: Ints
    programs: Ints
    most: int

    def run(self, rows: Ints, kinds: Ints, features: Ints, picked: Ints) -> Ints:
        """Return the (row, program) pairs that hold, in the order of the picked rows."""
        hits = np.empty((len(picked) * self.most, 2), dtype=np.int64)
        count = judge_rows(
            self.code, self.fractions, self.starts, self.by_kind, self.programs, kinds, rows, features, picked, hits
        )
        return hits[:count]

    def holds(self, program: int, row: Ints, features: Ints) -> bool:
        """Whether one program is true of one row and its features."""
        only, hits = np.array([0, 1], dtype=np.int64), np.empty((1, 2), dtype=np.int64)
        return judge_rows(
            self.code, self.fractions, self.starts, only, np.array([program], dtype=np.int64), only[:1],
            row[None, :], features[None, :], only[:1], hits,
        ) == 1  # fmt: skip


class Judges:
    """Runs the conditions. Holds no state of its own."""

    def __init__(self, catalogue: Catalogue, policy: Policy, plan: Plan, word: Callable[[str], int]) -> None:
        self.catalogue = catalogue
        self.typologies = catalogue.typologies
        self.clauses: list[Clause] = []
        self._plan, self._word = plan, word
        self.kinds = [KIND_NUMBER[t.on] for t in self.typologies]
        self._numbers = {t.id: number for number, t in enumerate(self.typologies)}
        by_kind = {kind: [self._numbers[t.id] for t in self.typologies if t.on == kind] for kind in KINDS}
        compiled = [self._compile(t.on, t.when, t.features, t.parameters, t.types) for t in self.typologies]
        self._typologies = _laid(compiled, by_kind)
        self._clauses = self._lay_clauses(policy)
        self._places = [
            {name: plan.place(t.on, feature) for name, feature in t.features.items()} for t in self.typologies
        ]
        self._judged = np.array([bool(by_kind[kind]) for kind in KINDS], dtype=np.bool_)

    def findings(self, rows: Ints, kinds: Ints, features: Ints, picked: Ints | None = None) -> Ints:
        """Return (row, typology number) for every condition that holds, rows ascending."""
        picked = np.flatnonzero(self._judged[kinds]) if picked is None else picked
        return self._typologies.run(rows, kinds, features, picked)

    def clauses_met(self, rows: Ints, kinds: Ints, features: Ints, row: int) -> list[Clause]:
        """Return the policy's clauses that hold for one row."""
        hits = self._clauses.run(rows, kinds, features, np.array([row], dtype=np.int64))
        return [self.clauses[int(number)] for number in hits[:, 1]]

    def values(
        self, typology: int, row: Ints, features: Ints, plain: Callable[[str, ValueType, int], Value]
    ) -> dict[str, Value]:
        """Return the numbers and words that a finding rests on, by name. Entities are left out: they are pseudonyms."""
        found = self.typologies[typology]
        types = {name: feature.type for name, feature in found.features.items()}
        values = {name: (types[name], int(features[place])) for name, place in self._places[typology].items()}
        for name in sorted(found.when.names | found.reason["en"].names | _ALWAYS):
            if name in INDEX:
                values[name] = (COLUMN_TYPES[name], int(row[INDEX[name]]))
        told = {
            name: None if value == NULL else plain(name, type_, value)
            for name, (type_, value) in values.items()
            if type_ is not ValueType.ENTITY
        }
        return told | {
            name: found.parameters[name] for name in sorted(found.reason["en"].names & found.parameters.keys())
        }

    def stands(self, finding: Finding, told: Mapping[str, int | None]) -> bool:
        """Whether a finding's condition still holds when what other rooms computed has become ``told``.

        What rests on nothing computed stands, and so does what other rules found that are no longer known here.
        """
        number = self._numbers.get(finding.typology)
        computed = {} if number is None else _computed(self.typologies[number])
        if number is None or not computed:
            return True
        values = finding.values | {name: told[feature] for name, feature in computed.items()}
        row, features = (np.full(size, NULL, dtype=np.int64) for size in (len(INDEX), self._plan.width))
        for name, value in values.items():
            if name in INDEX:
                row[INDEX[name]] = self._code(value)
            if name in self._places[number]:
                features[self._places[number][name]] = self._code(value)
        return self._typologies.holds(number, row, features)

    def reason(self, decision: Decision) -> str:
        """Return the sentence of the strongest finding, in English."""
        return strongest_reason(decision, self.catalogue)

    def _code(self, value: Value) -> int:
        if value is None:
            return NULL
        return self._word(value) if isinstance(value, str) else int(value)

    def _compile(
        self, kind: str, when: Condition, features: Mapping[str, Feature],
        parameters: Mapping[str, int | float], types: Mapping[str, ValueType],
    ) -> Program:  # fmt: skip
        places = {name: self._plan.place(kind, feature) for name, feature in features.items()}
        return compile_condition(when, Names(INDEX, places, types, parameters, self._word))

    def _lay_clauses(self, policy: Policy) -> _Programs:
        programs: list[Program] = []
        by_kind: dict[str, list[int]] = {}
        for kind in KINDS:
            by_kind[kind] = []
            for clause in policy.clauses(kind) if kind in self._plan.places else ():
                by_kind[kind].append(len(programs))
                self.clauses.append(clause)
                programs.append(self._compile(kind, clause.when, clause.features, clause.parameters, {}))
        return _laid(programs, by_kind)


def _computed(typology: Typology) -> dict[str, str]:
    """Return the features that following reported money computes, by the name that the typology gives them."""
    found = {name: each.computed for name, each in typology.features.items() if isinstance(each, Computed)}
    return {name: computed for name, computed in found.items() if computed != LEARNED}


def strongest_reason(decision: Decision, catalogue: Catalogue) -> str:
    """Return the sentence of a decision's strongest finding, in English, as its catalogue words it."""
    strongest = max(decision.findings, key=lambda f: (f.score, f.typology))
    currency = strongest.values.get("currency")
    sentence = catalogue.get(strongest.typology).reason["en"]
    said = sentence.render(strongest.values, "en", None if currency is None else str(currency))
    return with_because(said, strongest, "en")


def _laid(programs: list[Program], by_kind: Mapping[str, list[int]]) -> _Programs:
    code, fractions, starts = join(programs)
    order = [number for kind in KINDS for number in by_kind[kind]]
    ends = np.cumsum([0, *(len(by_kind[kind]) for kind in KINDS)], dtype=np.int64)
    most = max((len(each) for each in by_kind.values()), default=0)
    return _Programs(code, fractions, starts, ends, np.array(order, dtype=np.int64), max(most, 1))
