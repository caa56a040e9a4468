"""Searching a home for leaks, and holding what was found against the truth of its world."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from stanch.engine.leak_search import LeakReport, leak_report
from stanch.engine.look_up_log import LookUpLog, read_look_ups
from stanch.lab.leaks.measure import raw_hits
from stanch.lab.measure.ground import Names
from stanch.lab.play import open_existing
from stanch.lab.truth_files import truth_file
from stanch.store.records import Records


@dataclass(frozen=True, slots=True)
class LeakTruth:
    """Who leaked in a world: insiders, how many of them are among the leads, and the leads who are innocent.

    Beside it stands counting alone: how many employees have five victims or more, and how many of them are insiders.
    """

    insiders: int
    found: int
    false_names: tuple[str, ...]
    false_roles: tuple[str, ...]
    raw_found: int
    raw_names: int
    shared_points: tuple[str, ...]  #: points named beside employees; worlds plant no leak of that kind


def search_leaks(home: Path) -> LeakReport:
    """Return what to audit first in a home's log."""
    return leak_report(_read(home))


def hold_against(found: LeakReport, home: Path, truth: Path, keys: Path | None) -> LeakTruth:
    """Return how many insiders of a world a search found, and whom else it names, beside counting alone."""
    with open_existing(home, keys) as opened:
        names = Names(opened.ring.keys)
    entities = pq.read_table(truth_file(truth, "entities"), columns=["entity", "role"]).to_pylist()
    told = ((names.of(each["entity"]), each["role"]) for each in entities)
    roles = {f"employee:{who.hex()}": role for who, role in told if who is not None}
    insiders = {employee for employee, role in roles.items() if role == "insider"}
    log = _read(home)
    raw = {f"employee:{log.employees[employee].hex()}" for _, employee in raw_hits(log.look_ups)}
    shared = tuple(f"{lead.kind} {lead.name}" for lead in found.leads if not lead.employee)
    named = {lead.employee for lead in found.leads if lead.employee}
    false = sorted(named - insiders)
    false_roles = tuple(roles.get(each, "") for each in false)
    return LeakTruth(
        len(insiders), len(named & insiders), tuple(false), false_roles, len(raw & insiders), len(raw), shared
    )


def _read(home: Path) -> LookUpLog:
    with Records.read(home) as records:
        return read_look_ups(records)
