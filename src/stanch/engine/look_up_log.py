"""Look-ups and reports of a home's log in columns, for the search for leaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stanch.engine.names import Names
from stanch.engine.shared_points import COLUMNS, PointNames, shared_points
from stanch.graph.leaks.look_ups import LookUps
from stanch.model.columns import INDEX, NULL
from stanch.model.time import DAY, to_datetime
from stanch.store.blocks import Block
from stanch.store.records import Records

Ints = npt.NDArray[np.int64]

#: A report that names no payment we know: the scam is taken to have begun so long before it.
UNTOLD: Final = 2 * DAY
#: Ages at which groups begin; people are compared with people of their region and age.
_AGES: Final = (18, 41, 60)
_READ: Final = (
    "event_id", "happened_at", "kind", "src", "dst", "source", "detail", "number", "region", "ref", *COLUMNS,
)  # fmt: skip
_OF_A_LOOK_UP: Final = [INDEX[name] for name in ("happened_at", "src", "dst", "source", "detail", "number", *COLUMNS)]
_KINDS: Final = ("record_viewed", "records_exported", "fraud_reported", "report_withdrawn", "profile")


@dataclass(frozen=True, slots=True)
class LookUpLog:
    """Look-ups, and what their codes stand for.

    ``event_ids`` and ``ticket`` (1 with a ticket, 0 without, NULL unknown) are by look-up; ``persons`` and
    ``employees`` are pseudonyms; ``systems`` are (source, system). ``exports`` are (employee, system, when, number of
    records, event id): the log does not say whose records were exported. ``reports`` counts those who report fraud.
    ``points`` are what look-ups went through beside the system, with names, in the order of ``look_ups.through``.
    """

    look_ups: LookUps
    event_ids: list[str]
    ticket: Ints
    persons: list[bytes]
    employees: list[bytes]
    systems: list[tuple[str, str]]
    exports: list[tuple[int, int, int, int, str]]
    reports: int
    points: tuple[PointNames, ...]


def read_look_ups(records: Records) -> LookUpLog:
    """Return the look-ups of a log, and when a scam reached those who report one at the latest.

    That is when the first payment happened that a report names. A report that was withdrawn counts no more.
    """
    found = _Found()
    for block, rows, names in _blocks(records):
        found.take(block, rows, names)
    found.date_payments(records)
    return found.log()


def _blocks(records: Records) -> Iterator[tuple[Block, Ints, Names]]:
    names = Names()
    for each in records.blocks(columns=_READ):
        names.load(each.block.new_entities, list(each.block.new_symbols))
        yield each.block, each.block.matrix(), names


@dataclass(slots=True)
class _Report:
    person: int
    happened: int
    source: int
    payment: str | None


@dataclass(slots=True)
class _Found:
    """The owner of what one reading finds: codes of the log, until ``log`` gives them places of their own."""

    names: Names = field(default_factory=Names)
    views: list[Ints] = field(default_factory=list)  # rows: ``_OF_A_LOOK_UP``
    ids: list[str] = field(default_factory=list)
    exports: list[tuple[Ints, str]] = field(default_factory=list)
    reports: dict[tuple[int, str], _Report] = field(default_factory=dict)
    born: dict[int, int] = field(default_factory=dict)
    region: dict[int, int] = field(default_factory=dict)

    def take(self, block: Block, rows: Ints, names: Names) -> None:
        self.names = names
        kinds = {kind: np.flatnonzero(rows[:, INDEX["kind"]] == names.words.code(kind)) for kind in _KINDS}
        views = kinds["record_viewed"]
        self.views.append(rows[views][:, _OF_A_LOOK_UP])
        self.ids += _texts(block, "event_id", views)
        exports = kinds["records_exported"]
        self.exports += zip(rows[exports][:, _OF_A_LOOK_UP], _texts(block, "event_id", exports), strict=True)
        self._take_reports(block, rows, kinds)
        self._take_profiles(rows[kinds["profile"]])

    def _take_reports(self, block: Block, rows: Ints, kinds: dict[str, Ints]) -> None:
        told = np.sort(np.concatenate([kinds["fraud_reported"], kinds["report_withdrawn"]]))
        ids, refs = _texts(block, "event_id", told), _texts(block, "ref", told)
        reported = self.names.words.code("fraud_reported")
        for row, event_id, ref in zip(rows[told], ids, refs, strict=True):
            source = int(row[INDEX["source"]])
            if row[INDEX["kind"]] == reported:
                who, when = int(row[INDEX["src"]]), int(row[INDEX["happened_at"]])
                self.reports[source, event_id] = _Report(who, when, source, ref)
            else:
                self.reports.pop((source, ref or ""), None)

    def _take_profiles(self, rows: Ints) -> None:
        for person, region in rows[:, [INDEX["src"], INDEX["region"]]].tolist():
            if region != NULL:
                self.region[person] = region
        born = rows[rows[:, INDEX["detail"]] == self.names.words.code("birth_year")]
        self.born.update((person, year) for person, year in born[:, [INDEX["src"], INDEX["number"]]].tolist())

    def date_payments(self, records: Records) -> None:
        """Replace the time of each report by that of the payment it names, else by a time some days before."""
        wanted = {(report.source, report.payment) for report in self.reports.values() if report.payment}
        texts = pa.array(sorted({payment for _, payment in wanted}), pa.string())
        dated: dict[tuple[int, str], int] = {}
        for block, rows, _ in _blocks(records) if wanted else ():
            those = np.flatnonzero(pc.is_in(block.columns["event_id"], texts).to_numpy(zero_copy_only=False))
            for row, event_id in zip(rows[those], _texts(block, "event_id", those), strict=True):
                dated.setdefault((int(row[INDEX["source"]]), event_id or ""), int(row[INDEX["happened_at"]]))
        for report in self.reports.values():
            paid = dated.get((report.source, report.payment or ""))
            report.happened = report.happened - UNTOLD if paid is None else min(paid, report.happened)

    def log(self) -> LookUpLog:
        """Return everything with places of its own."""
        views = np.concatenate(self.views) if self.views else np.zeros((0, len(_OF_A_LOOK_UP)), np.int64)
        persons, person = np.unique(views[:, 2], return_inverse=True)
        exporters = np.array([row[1] for row, _ in self.exports], np.int64)
        employees = np.union1d(views[:, 1], exporters)
        pairs = [(int(row[3]), int(row[4])) for row, _ in self.exports]
        systems = sorted({*map(tuple, np.unique(views[:, 3:5], axis=0).tolist()), *pairs})
        place = {pair: at for at, pair in enumerate(systems)}
        points = shared_points(views[:, 3], views[:, 4], views[:, 6:], self.names)
        looks = LookUps(
            views[:, 0], person.reshape(-1), np.searchsorted(employees, views[:, 1]), self._systems(views, place),
            self._contacts(persons), self._groups(persons, views), tuple(each.points for each in points),
        )  # fmt: skip
        exported = [
            (int(np.searchsorted(employees, row[1])), place[pair], int(row[0]), int(row[5]), event_id)
            for (row, event_id), pair in zip(self.exports, pairs, strict=True)
        ]
        word, name = self.names.words.word, self.names.entities.pseudonym
        return LookUpLog(
            looks, self.ids, views[:, 5],
            [name(int(code)) for code in persons], [name(int(code)) for code in employees],
            [(word(source) or "", word(detail) or "") for source, detail in systems], exported,
            len({report.person for report in self.reports.values()}), points,
        )  # fmt: skip

    def _systems(self, views: Ints, place: dict[tuple[int, int], int]) -> Ints:
        pairs, inverse = np.unique(views[:, 3:5], axis=0, return_inverse=True)
        places = np.array([place[source, detail] for source, detail in pairs.tolist()], np.int64)
        return places[inverse.reshape(-1)]

    def _contacts(self, persons: Ints) -> Ints:
        first: dict[int, int] = {}
        for report in self.reports.values():
            first[report.person] = min(report.happened, first.get(report.person, report.happened))
        return np.array([first.get(code, NULL) for code in persons.tolist()], np.int64)

    def _groups(self, persons: Ints, views: Ints) -> Ints:
        """Return by person a code of region and age; those of whom nothing is known are a group of their own."""
        year = to_datetime(int(views[:, 0].max())).year if len(views) else 0
        regions = {region: 1 + at for at, region in enumerate(sorted(set(self.region.values())))}
        region = np.array([regions.get(self.region.get(code, NULL), 0) for code in persons.tolist()], np.int64)
        born = np.array([self.born.get(code, NULL) for code in persons.tolist()], np.int64)
        age = np.where(born == NULL, 0, 1 + np.digitize(year - np.where(born == NULL, year, born), _AGES))
        return region * (len(_AGES) + 2) + age


def _texts(block: Block, name: str, rows: Ints) -> list[str]:
    """Return a column of strings at some rows; empty where the block has none."""
    column = block.columns.get(name)
    if column is None:
        return [""] * len(rows)
    return [str(value) if value is not None else "" for value in pa.array(column).take(pa.array(rows)).to_pylist()]
