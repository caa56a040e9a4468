"""Who is who held against the truth: pairs and clusters, beside what equal names and birth dates alone would join."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stanch.intake.link.find import LinkReport, find_links
from stanch.intake.link.mapping import LinkMap
from stanch.intake.link.records import read_records

#: The halves into which people are divided: what is chosen is chosen on the one, what is told is told of the other.
HALVES: Final = ("development", "test")


@dataclass(frozen=True, slots=True)
class Joining:
    """One way to join records, held against the truth. Shares 0 to 1, None where there is nothing to share.

    ``exact`` of the true ``clusters`` (single records too) came out whole and with nobody else in them.
    """

    way: str
    pairs: int
    right: int
    precision: float | None
    recall: float | None
    f1: float | None
    clusters: int
    exact: int
    cluster_precision: float | None
    cluster_recall: float | None
    cluster_f1: float | None


@dataclass(frozen=True, slots=True)
class PeopleMeasure:
    """How well a file was joined: bound, bound with every proposal accepted, and the baseline."""

    records: int
    people: int
    ways: tuple[Joining, ...]


def half_of(cluster: str) -> str:
    """Return the half to which a person belongs: the same in every run, blind to what the records hold."""
    return HALVES[hashlib.sha256(cluster.encode()).digest()[0] % 2]


def measure_people(path: Path, mapping: LinkMap, truth: Mapping[str, str]) -> PeopleMeasure:
    """Join a file's records and hold that against ``truth``, the person of each entity."""
    report = find_links([path], mapping)
    bound = _grouped(truth, ((link.src, link.dst) for link in report.links if link.bound))
    accepted = _grouped(truth, ((link.src, link.dst) for link in report.links))
    plain = _baseline(path, mapping)
    ways = (("bound", bound), ("bound, all proposals accepted", accepted), ("same name and birth date", plain))
    return PeopleMeasure(len(truth), len(set(truth.values())), tuple(_joining(way, truth, made) for way, made in ways))


def bound_pairs(report: LinkReport) -> set[tuple[str, str]]:
    """Return every two entities that are bound, directly or through others."""
    return {(a, b) for group in report.clusters for n, a in enumerate(group) for b in group[n + 1 :]}


def _grouped(truth: Mapping[str, str], pairs: Iterable[tuple[str, str]]) -> dict[str, Hashable]:
    """Return the group of each entity when pairs are joined."""
    group: dict[str, Hashable] = {entity: entity for entity in truth}
    members: dict[Hashable, list[str]] = {entity: [entity] for entity in truth}
    for left, right in pairs:
        here, there = group[left], group[right]
        if here != there:
            for entity in members.pop(there):
                group[entity] = here
                members[here].append(entity)
    return group


def _baseline(path: Path, mapping: LinkMap) -> dict[str, Hashable]:
    """Join what has the same name and the same birth date, both told; every other record stands alone."""
    group: dict[str, Hashable] = {}
    for record in read_records([path], mapping).records:
        name = record.cells.get("form") or (record.cells.get("given"), record.cells.get("family"))
        key = (name, record.cells.get("birth_date"))
        told = None not in key and name != (None, None)
        group[record.entity] = key if told else record.entity
    return group


def _joining(way: str, truth: Mapping[str, str], made: Mapping[str, Hashable]) -> Joining:
    both = Counter((truth[entity], made[entity]) for entity in truth)
    right = sum(count * (count - 1) // 2 for count in both.values())
    said, true = (_pairs(Counter(groups[entity] for entity in truth)) for groups in (made, truth))
    exact = len(_sets(truth, truth) & _sets(truth, made))
    there, here = len(set(truth.values())), len({made[entity] for entity in truth})
    return Joining(
        way, said, right, *_shares(right, said, true), there, exact, *_shares(exact, here, there)
    )  # fmt: skip


def _pairs(sizes: Mapping[Hashable, int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def _sets(truth: Mapping[str, str], made: Mapping[str, Hashable]) -> set[frozenset[str]]:
    members: dict[Hashable, set[str]] = defaultdict(set)
    for entity in truth:
        members[made[entity]].add(entity)
    return {frozenset(each) for each in members.values()}


def _shares(right: int, said: int, true: int) -> tuple[float | None, float | None, float | None]:
    """Return precision, recall and their harmonic mean."""
    precision, recall = (right / whole if whole else None for whole in (said, true))
    f1 = 2 * right / (said + true) if said + true else None
    return precision, recall, f1
